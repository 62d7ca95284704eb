import datetime
import io
import json
import tempfile
import zipfile
from contextlib import contextmanager

from odoo import api, fields, models

from .media_file import safe_name

FORMAT = {"format": "omnichannel-privacy-export", "version": 1}
BATCH_SIZE = 500
PART_BYTES = 48 * 1024 * 1024  # a part is in memory as a whole when it is stored
PERSON_FIELDS = ("name", "email", "phone", "street", "street2", "zip", "city", "website", "vat")
PERSON_FIELDS += ("company_name", "function", "lang", "tz", "comment", "create_date")


class OmnichannelPrivacy(models.AbstractModel):
    """Everything about a person as a ZIP: data.json, and their files beside it.

    data.json is an object: `format`, `version` (raised when a key changes its meaning),
    `created_at`, `person`, and `sections`, which has a list of rows under the name of each
    Section. A row has its `id` and the fields that the Section names; what refers to another row
    of ours is that row's id, times are ISO 8601 in UTC. `files` lists what is in the ZIP.
    """

    _inherit = "omnichannel.privacy"

    @api.model
    def _export(self, partner, record):
        """Write everything about a person to files of `record`; return them (ir.attachment).

        More than one when there are many files, so that no size is too big for the memory. They
        are as private as `record` and go with it.
        """
        person = self._person(partner)
        paper = _Parts(self._store_part(record))
        with paper.open("data.json") as out:
            self._write_data(out, person)
        for attachment in self._files(person):
            paper.add(_path(attachment), attachment.raw or b"")
            attachment.invalidate_recordset()
        paper.close()
        return paper.stored

    def _store_part(self, record):
        def store(number, content):
            return self.env["ir.attachment"].create(
                {
                    "name": f"person-{number}.zip",
                    "raw": content,
                    "mimetype": "application/zip",
                    "res_model": record._name,
                    "res_id": record.id,
                }
            )

        return store

    # === DATA === #

    def _write_data(self, out, person):
        """Write data.json row by row: thousands of messages are never in memory together."""
        head = {**FORMAT, "created_at": _plain(fields.Datetime.now())}
        head["person"] = self._person_row(person.partner)
        head["files"] = [_path(attachment) for attachment in self._files(person)]
        out.write(_dump(head).removesuffix("}") + ', "sections": {')
        sections = self._privacy_sections(person)
        told = {section.model for section in sections}
        for number, section in enumerate(sections):
            out.write(f'{", " if number else ""}\n"{section.name}": [')
            for index, row in enumerate(self._rows(person, section, told)):
                out.write((",\n" if index else "\n") + _dump(row))
            out.write("]")
        out.write("}}\n")

    def _person_row(self, partner):
        return {name: _plain(partner[name]) for name in PERSON_FIELDS if name in partner}

    def _rows(self, person, section, told):
        """Yield the rows of a section, oldest first. `told` are the models that have one."""
        for records in self._batches(person, section.model, section.domain):
            for record in records:
                values = {name: self._value(record, name, told) for name in section.fields}
                yield {"id": record.id, **values, **section.more(record)}

    def _batches(self, person, model, domain):
        """Yield the records of a domain, and forget them again after each batch."""
        records = person.partner.env[model]
        last_id = 0
        while batch := records.search(
            [("id", ">", last_id), *domain], order="id", limit=BATCH_SIZE
        ):
            yield batch
            last_id = batch[-1].id
            batch.invalidate_model()

    def _value(self, record, name, told):
        value = record[name]
        if not isinstance(value, models.BaseModel):
            return _plain(value, record._fields[name].type)
        return (value.id if value._name in told else value.display_name) or None

    # === FILES === #

    def _files(self, person):
        """Yield the files of the person's threads, and the e-mails as they came."""
        for model, domain in (
            ("discuss.channel", [("res_id", "in", person.conversations.channel_id.ids)]),
            ("omnichannel.event", [("res_id", "in", person.events.ids)]),
        ):
            of_model = [("res_model", "=", model), ("type", "=", "binary"), *domain]
            for attachments in self._batches(person, "ir.attachment", of_model):
                yield from attachments


class _Parts:
    """A ZIP that is cut into parts: `store(number, bytes)` gets each when it is full."""

    def __init__(self, store):
        self._store, self._number = store, 0
        self.stored = None
        self._begin()

    def _begin(self):
        self._number += 1
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  closed in `close`
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED)

    @contextmanager
    def open(self, name):
        """Write a text to the ZIP piece by piece."""
        with (
            self._zip.open(name, "w") as binary,
            io.TextIOWrapper(binary, encoding="utf-8", errors="backslashreplace") as text,
        ):
            yield text

    def add(self, name, content):
        """Add a file, in the next part when this one is full."""
        if self._file.tell() + len(content) > PART_BYTES and self._zip.filelist:
            self.close()
            self._begin()
        self._zip.writestr(name, content)

    def close(self):
        """Hand over the part."""
        self._zip.close()
        self._file.seek(0)
        part = self._store(self._number, self._file.read())
        self._file.close()
        self.stored = part if self.stored is None else self.stored | part


def _dump(value):
    return json.dumps(value, ensure_ascii=False)


def _path(attachment):
    """Return the name of a file in the ZIP: no other has it, and it leads nowhere."""
    return f"files/{attachment.id}-{safe_name(attachment.name, attachment.mimetype)}"


def _plain(value, kind=None):
    """Return a field's value as JSON has it: nothing is null, a time is ISO 8601 in UTC."""
    if isinstance(value, datetime.datetime):
        return value.isoformat(timespec="seconds") + "Z"
    if isinstance(value, datetime.date):
        return value.isoformat()
    if value is False and kind not in (None, "boolean"):
        return None
    return str(value) if isinstance(value, str) else value
