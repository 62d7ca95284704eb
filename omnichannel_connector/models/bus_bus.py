from odoo import api, models

CHANNEL = "discuss.channel"


class BusBus(models.Model):
    _inherit = "bus.bus"

    @api.model
    def _poll(self, channels, last=0, ignore_ids=None):
        """Return news; of conversations only to who may read them now.

        A browser stays subscribed to what it opened, however long ago: rights may have changed.
        """
        if not self.env.su:
            channels = self._without_closed_streams(list(channels))
        return super()._poll(channels, last, ignore_ids)

    @api.model
    def _without_closed_streams(self, channels):
        """Return these bus channels without the conversations that this user may not read."""
        asked = {stream_id for channel in channels if (stream_id := _discuss_id(channel))}
        if not asked:
            return channels
        discuss = self.env[CHANNEL]
        # sudo: only to tell what they are
        streams = discuss.sudo().search([("id", "in", asked), ("channel_type", "=", "omnichannel")])
        if not streams:
            return channels
        # a visitor's websocket has no user at all
        readable = discuss.search([("id", "in", streams.ids)]) if self.env.uid else discuss
        closed = set(streams.ids) - set(readable.ids)
        return [channel for channel in channels if _discuss_id(channel) not in closed]


def _discuss_id(channel):
    """Return the id in (database, model, id, ...) of a discuss.channel's bus channel, or None."""
    if isinstance(channel, models.BaseModel):
        channel = (None, channel._name, channel.id)
    is_discuss = isinstance(channel, (tuple, list)) and len(channel) > 2 and channel[1] == CHANNEL
    return channel[2] if is_discuss else None
