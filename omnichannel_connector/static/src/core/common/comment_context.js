import { _t } from "@web/core/l10n/translation";

/** What a public comment is about, by the provider's word for it. */
const ABOUT = {
    AD: _t("Public comment on an ad"),
    FEED: _t("Public comment on a post"),
    IG_LIVE: _t("Public comment in a live video"),
    REELS: _t("Public comment on a reel"),
    STORY: _t("Public comment on a story"),
};

/**
 * @param {Object} [context] what the provider tells about the commented thing; any of it may lack
 * @returns {{ text: string, title: string, url: string }} for people; `url` is safe to link to
 */
export function describeComment(context) {
    const { ad_title, caption, is_live, permalink, media_product_type, title } = context ?? {};
    return {
        text: (ABOUT[is_live ? "IG_LIVE" : media_product_type] ?? _t("Public comment")).toString(),
        title: [ad_title, title, caption].find((name) => typeof name === "string" && name) ?? "",
        url: /^https:\/\//i.test(permalink) ? permalink : "",
    };
}
