from . import preference
from . import recording
from . import webclient
from . import webhook
