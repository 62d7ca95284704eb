import base64
from datetime import datetime, timezone
from unittest.mock import patch

from odoo import fields
from odoo.tests import BaseCase, tagged

from ..channels.base import ChannelAdapter
from ..channels.errors import FetchError, MediaGone, MediaRefused
from ..channels.events import InboundEvent, Kind, Media, MediaRef, RawEvent
from ..models.media_file import safe_name, safe_type
from ..models.omnichannel_media import PAUSES
from ..models.omnichannel_media_line import replace_line
from .common import OmnichannelCase

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PICTURE = MediaRef("image", "https://cdn.example.com/1.jpg", "image/jpeg")


class FileAdapter(ChannelAdapter):
    """A channel whose customers send files; `answers` are what the provider has of them."""

    code = "files"
    label = "Files"
    identity_kind = "phone"
    answers = {}
    asked = []

    def verify(self, request):
        """Trust it: these tests are about what comes after."""

    def split(self, request):
        return []

    def parse(self, payload):
        return InboundEvent(
            Kind.UNSEND if payload.get("target_id") else Kind.MESSAGE,
            datetime.now(timezone.utc),
            identity="+12025550123",
            external_id=payload["id"],
            text=payload.get("text", ""),
            target_id=payload.get("target_id", ""),
            attachments=tuple(MediaRef(**ref) for ref in payload.get("files", ())),
        )

    def normalize(self, address):
        return address

    def parts(self, text, media=()):
        return []

    def send(self, message):
        raise NotImplementedError

    def fetch(self, media):
        FileAdapter.asked.append(media.url or media.external_id)
        answer = self.answers[media.url or media.external_id]
        if isinstance(answer, Exception):
            raise answer
        return answer


@tagged("-at_install", "post_install")
class TestMediaFile(BaseCase):
    """What strangers send is made harmless before it is served from our address."""

    def test_the_type_is_what_the_content_says(self):
        self.assertEqual(safe_type(PIXEL, "text/html"), "image/png")
        self.assertEqual(safe_type(b"%PDF-1.4 ...", "image/png"), "application/pdf")

    def test_nothing_that_a_browser_would_run_is_served_as_such(self):
        page = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"
        picture = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
        for content in (page, picture, b"<?xml version='1.0'?><x/>"):
            for claimed in ("image/png", "text/html", "image/svg+xml", ""):
                self.assertEqual(safe_type(content, claimed), "text/plain")

    def test_a_claim_counts_only_for_what_is_played(self):
        noise = b"\x07\x05\x03\x01\0" * 20

        self.assertEqual(safe_type(noise, "audio/amr; rate=8"), "audio/amr")
        for claimed in ("text/html", "application/javascript", "image/svg+xml", "image/png\nX: y"):
            self.assertNotIn(safe_type(noise, claimed), {"text/html", "image/svg+xml"})

    def test_a_name_has_no_tricks(self):
        self.assertEqual(safe_name("../../etc/passwd", "image/png"), "passwd.png")
        self.assertEqual(safe_name("photo\u202egpj.exe\0\n", "image/jpeg"), "photogpj.exe.jpg")
        self.assertEqual(safe_name("photo.png", "image/png"), "photo.png")
        self.assertEqual(safe_name("..", "image/png"), "file.png")
        self.assertLess(len(safe_name("x" * 5000, "image/png")), 120)

    def test_a_line_is_replaced_and_the_rest_of_the_text_stays(self):
        body = (
            '<p>One &lt;b&gt;<br><span class="o-omnichannel-media-0">[Image]</span>'
            '<br><span class="o-omnichannel-media-1">[File]</span></p>'
        )

        self.assertEqual(
            replace_line(body, 0, ""),
            '<p>One &lt;b&gt;<br><span class="o-omnichannel-media-1">[File]</span></p>',
        )
        self.assertEqual(
            replace_line(body, 0, '<span class="o-omnichannel-media-0">[Gone]</span>'),
            body.replace("[Image]", "[Gone]"),
        )
        self.assertEqual(replace_line("edited", 0, ""), "edited")


@tagged("-at_install", "post_install")
class TestMedia(OmnichannelCase):
    """Files come into the thread by themselves, and never cost a message."""

    def setUp(self):
        super().setUp()
        accounts = type(self.env["omnichannel.account"])
        self.startPatcher(
            patch.object(accounts, "_adapter_classes", lambda _self: {"files": FileAdapter})
        )
        self.files = self.env["omnichannel.account"].create(
            {"name": "Files", "channel": "files", "external_id": "1", "state": "connected"}
        )
        FileAdapter.answers = {PICTURE.url: Media(PIXEL, "image/jpeg", "cat.jpg")}
        FileAdapter.asked = []

    def _receive(self, *refs, text="", sid="m1", **extra):
        names = ("kind", "url", "content_type", "name", "external_id", "is_fleeting")
        payload = {
            "id": sid,
            "text": text,
            "files": [{name: getattr(ref, name) for name in names} for ref in refs],
            **extra,
        }
        raw = RawEvent(f"message:{sid}", "customer", payload)
        self.env["omnichannel.event"]._store(self.files.id, [raw])._process()
        domain = [("account_id", "=", self.files.id), ("external_id", "=", "m1")]
        return self.env["omnichannel.message"].search(domain)

    def _fetch(self):
        # the clock of a retry stands in the future
        self.env["omnichannel.media"].search([("state", "=", "pending")]).write(
            {"next_attempt_at": fields.Datetime.now()}
        )
        self._run_cron("ir_cron_omnichannel_media")

    def _media(self, message):
        return self.env["omnichannel.media"].search([("message_id", "=", message.id)])

    def test_a_picture_becomes_an_attachment_in_place_of_its_line(self):
        message = self._receive(PICTURE, text="Look")
        self.assertIn("[Image]", message.preview)
        self.assertNotIn("http", message.mail_message_id.body, "nobody may follow it for ever")

        self._fetch()

        mail_message = message.mail_message_id
        attachment = mail_message.attachment_ids
        self.assertEqual(mail_message.preview, "Look")
        self.assertEqual((attachment.mimetype, attachment.raw), ("image/png", PIXEL))
        self.assertEqual(attachment.name, "cat.jpg.png")
        self.assertEqual(
            (attachment.res_model, attachment.res_id),
            ("discuss.channel", message.conversation_id.channel_id.id),
        )
        self.assertTrue(attachment.with_user(self.agent).read(["name"]))
        self.assertEqual(self._media(message).state, "done")

    def test_receiving_wakes_the_scheduled_action_and_asks_nobody(self):
        self.env["ir.cron.trigger"].search([]).unlink()

        self._receive(PICTURE)

        cron = self.env.ref("omnichannel_connector.ir_cron_omnichannel_media")
        self.assertIn(cron, self.env["ir.cron.trigger"].search([]).cron_id)
        self.assertFalse(FileAdapter.asked)

    def test_a_dangerous_file_is_served_as_text(self):
        FileAdapter.answers[PICTURE.url] = Media(b"<html><script>1</script></html>", "image/png")

        message = self._receive(PICTURE)
        self._fetch()

        self.assertEqual(message.mail_message_id.attachment_ids.mimetype, "text/plain")

    def test_a_file_that_is_gone_says_so_and_is_not_asked_for_again(self):
        FileAdapter.answers[PICTURE.url] = MediaGone("expired")

        message = self._receive(PICTURE, text="Look")
        self._fetch()
        self._fetch()

        self.assertIn("no longer available", message.preview)
        self.assertEqual(FileAdapter.asked, [PICTURE.url])

    def test_a_file_that_may_not_be_fetched_is_a_link_that_names_its_host(self):
        FileAdapter.answers[PICTURE.url] = MediaRefused("too big")

        message = self._receive(PICTURE)
        self._fetch()

        self.assertEqual(self._media(message).state, "refused")
        self.assertIn("not fetched (too big): cdn.example.com", message.preview)
        self.assertIn('rel="noreferrer noopener"', message.mail_message_id.body)

    def test_a_failure_is_tried_again_with_longer_pauses_and_not_for_ever(self):
        FileAdapter.answers[PICTURE.url] = FetchError("HTTP 500")
        message = self._receive(PICTURE, text="Look")
        media = self._media(message)

        pauses = []
        while media.state == "pending":
            self._fetch()
            pause = media.next_attempt_at - fields.Datetime.now()
            pauses.append(round(pause.total_seconds() / 60))  # a second may pass in between

        self.assertEqual(len(FileAdapter.asked), len(PAUSES) + 1)
        self.assertEqual(pauses, sorted(pauses))
        self.assertEqual(media.state, "failed")
        self.assertIn("Look", message.preview)

        FileAdapter.answers[PICTURE.url] = Media(PIXEL)
        media.action_retry()
        self._fetch()
        self.assertEqual(message.mail_message_id.preview, "Look")
        self.assertTrue(message.mail_message_id.attachment_ids)

    def test_a_new_file_does_not_wait_for_those_that_fail_again_and_again(self):
        old = MediaRef("image", "https://files.example.com/old.jpg")
        FileAdapter.answers[old.url] = FetchError("no answer")
        self._receive(old, sid="m0")
        self._fetch()
        self._receive(PICTURE)
        self._fetch()

        self.assertEqual(FileAdapter.asked, [old.url, PICTURE.url, old.url])

    def test_the_files_of_an_archived_account_wait(self):
        self._receive(PICTURE)
        self.files.active = False

        self._fetch()

        self.assertFalse(FileAdapter.asked)

    def test_an_attempt_is_noted_before_it_is_made(self):
        """A file that kills the worker would otherwise be fetched first for ever."""
        message = self._receive(PICTURE)

        (claimed,) = self.env["omnichannel.media"]._claim()

        self.assertEqual((claimed, claimed.attempts), (self._media(message), 1))
        self.assertFalse(self.env["omnichannel.media"]._claim())

    def test_stories_are_never_kept(self):
        story = MediaRef("story_mention", "https://cdn.example.com/story", is_fleeting=True)

        message = self._receive(story)
        self._fetch()

        self.assertFalse(FileAdapter.asked)
        self.assertEqual(self._media(message).state, "kept_out")
        self.assertIn("cdn.example.com, for a short time only", message.preview)

    def test_what_was_shared_is_a_link_and_what_has_no_content_a_word(self):
        shared = MediaRef("share", "https://evil.example/login")
        trick = MediaRef("share", "javascript:alert(1)")

        message = self._receive(shared, trick, MediaRef("like_heart"))

        self.assertIn("[Share: evil.example]", message.preview)
        self.assertIn("[Like heart]", message.preview)
        self.assertNotIn("javascript", message.mail_message_id.body)
        self.assertFalse(self._media(message))

    def test_a_message_that_is_taken_back_takes_its_files_along(self):
        message = self._receive(PICTURE, MediaRef("file", external_id="later"))
        FileAdapter.answers["later"] = FetchError("HTTP 500")
        self._fetch()
        attachment = message.mail_message_id.attachment_ids

        self._receive(sid="u1", target_id="m1")

        self.assertTrue(message.retracted_at)
        self.assertFalse(attachment.exists())
        self.assertFalse(self._media(message))

    def test_a_file_that_arrives_after_its_message_was_taken_back_is_not_stored(self):
        media = self._media(self._receive(PICTURE))
        (claimed,) = media._claim()
        self._receive(sid="u1", target_id="m1")

        claimed._settle(Media(PIXEL))

        self.assertFalse(
            self.env["ir.attachment"].search(
                [("res_model", "=", "discuss.channel"), ("name", "like", "cat")]
            )
        )

    def test_several_files_of_one_message_come_in_their_order(self):
        urls = [f"https://cdn.example.com/{number}" for number in range(10)]
        FileAdapter.answers = {url: Media(PIXEL, name=f"{url[-1]}.png") for url in urls}

        message = self._receive(*[MediaRef("image", url) for url in urls])
        self._fetch()

        names = message.mail_message_id.attachment_ids.sorted("id").mapped("name")
        self.assertEqual(names, [f"{number}.png" for number in range(10)])
        self.assertEqual(message.mail_message_id.preview, "")
