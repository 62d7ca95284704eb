from . import base_partner_merge
from . import omnichannel_consent_note
