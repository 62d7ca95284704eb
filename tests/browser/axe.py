"""axe-core in the pages of the browser tests: what in our markup is hard to read or to reach."""

from tests.tooling import system

SCRIPT = system.NODE / "node_modules" / "axe-core" / "axe.min.js"
IMPACTS = ["serious", "critical"]
# What Odoo's own elements around and inside our views violate: (rule, selector of the element).
# As short and as narrow as possible: our own markup never belongs here.
KNOWN = [
    ("aria-allowed-attr", ".o-dropdown, .o-autocomplete--input, .o_tag, .o_progress"),
    ("aria-prohibited-attr", ".o-mail-Message-avatarContainer"),
    ("aria-required-parent", ".o_notebook .nav-link, .settings_tab .tab"),
    ("autocomplete-valid", ".o_select_menu_input"),
    ("button-name", ".o_optional_columns_dropdown > button, .o_clipboard_button"),
    ("color-contrast", ".o_field_badge .badge, .o_setting_right_pane .text-muted *"),
    ("color-contrast", ".o-mail-Message-date, .o_pivot_measure_row"),
    ("image-alt", ".o-mail-Avatar > img, .o-mail-Message-avatar"),
    ("label", ".o_list_table .o-checkbox input"),
    ("list", ".o-mail-Message ul"),
    ("role-img-alt", ".o-mail-ActivityButton i, .o-mail-Chatter i"),
]
RUN = """
async ([scope, impacts, known]) => {
    const places = [...document.querySelectorAll(scope)].filter((place) => place.checkVisibility());
    const outermost = places.filter((place) => !place.parentElement?.closest(scope));
    if (!outermost.length) {
        return [`nothing to check: ${scope}`];
    }
    // what fades in is hard to read for a moment
    const moves = document.getAnimations();
    const ending = moves.filter((move) => isFinite(move.effect.getComputedTiming().endTime));
    await Promise.allSettled(ending.map((move) => move.finished));
    const { violations } = await axe.run(
        { include: outermost },
        { resultTypes: ["violations"], elementRef: true }
    );
    const isKnown = (rule, { element }) =>
        known.some(([name, selector]) => name === rule && element.matches(selector));
    return violations
        .filter(({ impact }) => impacts.includes(impact))
        .flatMap(({ id, nodes, help }) =>
            nodes
                .filter((node) => !isKnown(id, node))
                .map(({ html, failureSummary, target }) =>
                    `${id}: ${help}\\n  ${target}\\n  ${html}\\n  ${failureSummary}`)
        );
}
"""


def violations(page, scope):
    """Return the serious and critical violations in the subtrees of a selector, in words.

    A selector that matches nothing visible is one, too: a check of nothing would always pass.
    """
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(SCRIPT.read_text(encoding="utf-8"))
    return page.evaluate(RUN, [scope, IMPACTS, KNOWN])
