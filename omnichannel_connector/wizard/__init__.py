from . import base_partner_merge
from . import omnichannel_privacy
from . import omnichannel_audit
