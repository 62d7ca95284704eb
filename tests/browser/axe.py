"""axe-core in the pages of the browser tests: what in our markup is hard to read or to reach."""

from tests.tooling import system

SCRIPT = system.NODE / "node_modules" / "axe-core" / "axe.min.js"
IMPACTS = ["serious", "critical"]
# What Odoo's own elements around and inside our views violate: (rule, selector of the element).
# As short and as narrow as possible: our own markup never belongs here. Whatever has a class of
# ours is never excused.
KNOWN = [
    ("aria-allowed-attr", ".o_select_menu > .o-dropdown, .o-autocomplete--input"),
    ("aria-allowed-attr", ".o_field_tags > .o_tag, .o_progressbar > .o_progress"),
    ("aria-allowed-attr", ".o-mail-Composer-actions.o-dropdown"),
    ("aria-prohibited-attr", ".o-mail-Message-avatarContainer, .o_tag.o_avatar"),
    ("aria-required-parent", ".o_notebook .nav-item > .nav-link, .settings_tab > .tab"),
    ("autocomplete-valid", ".o_select_menu .o_select_menu_input"),
    ("button-name", ".o_optional_columns_dropdown > button, .o_clipboard_button"),
    ("color-contrast", ".o_field_badge > .badge.text-bg-success"),
    ("color-contrast", ".o_setting_right_pane > .text-muted > [searchabletext]"),
    ("color-contrast", ".o-mail-Message-date, .o-mail-DateSection > span, .o_pivot_measure_row"),
    ("image-alt", ".o-mail-Avatar > img, .o-mail-Message-avatar, .o_tag > .o_m2m_avatar"),
    ("label", ".o_list_table .o-checkbox > .form-check-input"),
    ("label-title-only", ".o-mail-DiscussContent-threadName"),
    ("list", ".o-mail-Message ul:has(> .o-mail-Message-tracking)"),
    ("role-img-alt", ".o-mail-ActivityButton > i, .o-mail-Followers-button > i"),
    ("role-img-alt", ".o-mail-Chatter-topbar > button > .oi-search"),
    ("tabindex", ".o-mail-ChatWindow"),
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
        !element.matches("[class*=o-omnichannel-]") &&
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
