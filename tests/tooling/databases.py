"""Databases: templates that are built once and copied in a second or two.

Two layers. "deps" holds the Odoo modules that the addon depends on and changes with Odoo's version;
"addon" is a copy of it with the addon installed and changes with the addon's files. A template is
built under a draft name and renamed when it is complete, so a killed run leaves only a draft.
"""

import ast
import os
import shutil
from pathlib import Path

import psycopg2
from psycopg2 import sql

from tests.tooling import odoo_process, odoo_source, postgres
from tests.tooling.base import ADDON, check_disk, digest, locked, remove, timed

# Scheduled actions that call Odoo's own services.
CALLS_OUT = ("mail.ir_cron_module_update_notification",)
DISABLE_JOBS = """
    UPDATE ir_cron SET active = false WHERE id IN (
        SELECT res_id FROM ir_model_data WHERE module || '.' || name = ANY(%s))
"""
KEPT = 4  # templates of a kind besides the newest: tests with other apps have their own
LAYOUT = "1"  # to be raised when this file builds templates differently


# === PLAIN DATABASES ===


def execute(query, *names, database="postgres"):
    """Run a statement outside any transaction, with names quoted into it."""
    connection = psycopg2.connect(dbname=database)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(query).format(*map(sql.Identifier, names)))
    finally:
        connection.close()


def fetch(database, query, parameters=None):
    """Return the rows of a query, or [] for a statement without rows; commits."""
    connection = psycopg2.connect(dbname=database)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def names(prefix):
    """Return the names of the databases that begin with a prefix."""
    query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY 1"
    return [name for (name,) in fetch("postgres", query, [prefix])]


def drop(name):
    """Drop a database with its files, if it exists."""
    execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    remove(_filestore(name))


def copy(template, name):
    """Make a database from a template. Files are linked, not copied: Odoo never changes one."""
    drop(name)
    # Quicker than going through the log, but only PostgreSQL 15 and newer know the word.
    strategy = " STRATEGY FILE_COPY" if postgres.is_embedded() else ""
    execute("CREATE DATABASE {} TEMPLATE {}" + strategy, name, template)
    if _filestore(template).is_dir():
        shutil.copytree(_filestore(template), _filestore(name), copy_function=os.link)
    # Two databases with one uuid would look like one to the bus and to Odoo's services.
    new = "UPDATE ir_config_parameter SET value = gen_random_uuid() WHERE key = 'database.uuid'"
    fetch(name, new)


def rename(name, new_name):
    """Give a database a new name, its files first: a folder without database is mere rubbish."""
    drop(new_name)
    if _filestore(name).is_dir():
        _filestore(name).rename(_filestore(new_name))
    execute("ALTER DATABASE {} RENAME TO {}", name, new_name)


def comment(name):
    """Return the comment on a database, or None."""
    query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
    rows = fetch("postgres", query, [name])
    return rows[0][0] if rows else None


def set_comment(name, text):
    """Leave a comment on a database."""
    query = sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(text))
    fetch("postgres", query)


def temporary_name(purpose):
    """Return a database name for this process alone, and drop those of processes that are gone."""
    if postgres.is_embedded():
        for name in names("omni_tmp_"):
            if not Path("/proc", name.split("_")[2]).exists():
                drop(name)
    return f"omni_tmp_{os.getpid()}_{purpose}"


def _filestore(name):
    return odoo_process.DATA_DIR / "filestore" / name


# === TEMPLATES ===


def addon_hash():
    """Return a hash of the addon's files, without its tests."""
    parts = []
    for path in sorted(ADDON.rglob("*")):
        inside = path.relative_to(ADDON)
        if path.is_file() and not {"tests", "__pycache__"} & set(inside.parts):
            parts += [str(inside), path]
    return digest(*parts)


def dependencies():
    """Return the modules that the addon's manifest depends on."""
    manifest = ast.literal_eval((ADDON / "__manifest__.py").read_text(encoding="utf-8"))
    return sorted(manifest["depends"])


def deps_template(*, demo=False, extra=(), addons=()):
    """Return the template with the modules that the addon depends on, and extra ones.

    `addons` are folders in which Odoo finds more modules.
    """
    # what every run needs is there already; the demo has only one set of modules
    base = deps_template() if extra and not demo else None
    modules = sorted({*dependencies(), *extra})
    key = digest(LAYOUT, odoo_source.identity(odoo_source.find()), *modules, *map(str, addons))
    title = f"Installing {', '.join(modules)} into a template database"
    missing = sorted(extra) if base else modules
    return _template(
        "deps",
        key,
        demo,
        title,
        lambda name: _install_deps(name, missing, _options(demo, addons), base),
    )


def addon_template(*, demo=False, extra=(), addons=()):
    """Return the template with the addon installed; `addons` as for deps_template."""
    deps = deps_template(demo=demo, extra=extra, addons=addons)
    title = "Installing the addon into a template database"
    key = digest(deps, addon_hash())
    options = _options(demo, addons)
    return _template("addon", key, demo, title, lambda name: _install_addon(name, deps, options))


def _template(kind, key, demo, title, build):
    prefix = f"omni_{kind}_{'demo' if demo else 'bare'}_"
    name = prefix + key
    with locked(prefix):
        if name in names(prefix):
            return name
        check_disk()
        with timed(title):
            draft = prefix + "draft"
            drop(draft)
            build(draft)
            rename(draft, name)
        for old in _outdated(prefix, name):
            drop(old)
    return name


def _outdated(prefix, name):
    """Return all templates of a kind but this one and the newest others: disks are finite."""
    others = [other for other in names(prefix) if other != name]
    query = "SELECT datname FROM pg_database WHERE datname = ANY(%s) ORDER BY oid DESC"
    return [other for (other,) in fetch("postgres", query, [others])][KEPT:]


def _install_deps(name, modules, options, base):
    if base:
        copy(base, name)
    odoo_process.install(name, modules, *options, log="install-deps")
    fetch(name, DISABLE_JOBS, [list(CALLS_OUT)])


def _install_addon(name, deps, options):
    copy(deps, name)
    odoo_process.install(name, [ADDON.name], *options, log="install-addon")


def _options(demo, addons):
    demo_option = ["--with-demo"] if demo else []
    return [*demo_option, *odoo_process.addons_option(addons)]
