from . import base_partner_merge
from . import omnichannel_link_wizard
from . import omnichannel_consent_note
