from odoo import api, models

CHANNEL = "discuss.channel"
# ids only: that somebody should look again whether they may see it
LEAVING = {"omnichannel/sight"}


class BusBus(models.Model):
    _inherit = "bus.bus"

    @api.model
    def _poll(self, channels, last=0, ignore_ids=None):
        """Return news; of conversations only to who may read them now.

        A browser stays subscribed to what it opened, however long ago: rights may have changed.
        """
        channels = list(channels)
        closed = set() if self.env.su else self._closed_streams(channels)
        if not closed:
            return super()._poll(channels, last, ignore_ids)
        shut = [channel for channel in channels if _discuss_id(channel) in closed]
        told = super()._poll([one for one in channels if one not in shut], last, ignore_ids)
        # that it is closed, at least, so that the browser stops showing it
        told += [
            news
            for news in super()._poll(shut, last, ignore_ids)
            if news["message"]["type"] in LEAVING
        ]
        return sorted(told, key=lambda news: news["id"])

    @api.model
    def _closed_streams(self, channels):
        """Return the ids of the conversations' threads among these that the user may not read."""
        asked = {stream_id for channel in channels if (stream_id := _discuss_id(channel))}
        discuss = self.env[CHANNEL]
        # sudo: only to tell what they are
        streams = discuss.sudo().search([("id", "in", asked), ("channel_type", "=", "omnichannel")])
        if not streams:
            return set()
        # a visitor's websocket has no user at all
        readable = discuss.search([("id", "in", streams.ids)]) if self.env.uid else discuss
        return set(streams.ids) - set(readable.ids)


def _discuss_id(channel):
    """Return the id in (database, model, id, ...) of a discuss.channel's bus channel, or None."""
    if isinstance(channel, models.BaseModel):
        channel = (None, channel._name, channel.id)
    is_discuss = isinstance(channel, (tuple, list)) and len(channel) > 2 and channel[1] == CHANNEL
    return channel[2] if is_discuss else None
