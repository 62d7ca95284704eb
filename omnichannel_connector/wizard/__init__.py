from . import base_partner_merge
from . import omnichannel_link_wizard
from . import omnichannel_consent_note
from . import omnichannel_privacy
from . import omnichannel_audit
from . import omnichannel_hand_over
from . import omnichannel_snooze
from . import omnichannel_compose
