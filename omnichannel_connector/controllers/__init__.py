from . import preference
from . import recording
from . import verification
from . import webclient
from . import webhook
from . import livechat
from . import writing
