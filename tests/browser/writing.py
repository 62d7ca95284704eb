"""Writing in a thread as an agent who looks at the screen first."""

from playwright.sync_api import expect

SELECTED = ".o-omnichannel-ChannelSelector .o-selected"
COMPOSER = ".o-mail-Composer-input"


def write(page, text):
    """Write and send, once the composer knows the way: before that it sends nothing."""
    expect(page.locator(SELECTED).first).to_be_visible(timeout=20_000)
    page.locator(COMPOSER).fill(text)
    page.keyboard.press("Enter")
