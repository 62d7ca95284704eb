"""What customers of shops and studios ask about, in five languages: {concept: its words}.

Words are divided by `|`; those of English, French, German, Spanish and Portuguese begin a line
each, in this order, and a word that two languages share is with the first. `*` at the end stands
for any ending. Folded: lower case, no accents, ss for the German sharp s; some common spellings
without umlauts and typing errors are words of their own.

Where the words are from: some 840 of the 3200 were there before, and may have been chosen with
the bench's first questions in view. All others are general vocabulary, written down without any of
the bench's questions at hand, as are all concepts that they are alone in: contact, deadline,
loyalty, wrong, group, bring and pet.
"""

from .buying import BUYING
from .delivery import DELIVERY
from .visiting import VISITING

CONCEPTS = {**BUYING, **DELIVERY, **VISITING}
