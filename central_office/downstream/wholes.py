"""Makes a whole set when its turn has come: what waits to be published takes no memory."""

from central_office import master_lists
from central_office.downstream.ledger import Moment, covers
from central_office.downstream.plan import Whole
from central_office.downstream.sets import LEDGER_SETS
from central_office.publishing import Publication, publication
from central_office.reading import Reader

_LAST = "SELECT last FROM arrivals WHERE organization = ?"


def make_whole(read: Reader, whole: Whole, as_of: int) -> Publication:
    """The messages of a whole set, as it is now.

    Args:
        read: The database at one moment.
        whole: Which set, and for which store.
        as_of: That moment, microseconds since 1970 UTC.

    Raises:
        OfficeError: It is larger than an edge takes.
    """
    kind = LEDGER_SETS.get(whole.key.name)
    if kind is None:
        return master_lists.whole(read, whole.key)
    organization, store = whole.store
    lift = master_lists.versions(read).get(whole.key, 0)
    last = next((number for (number,) in read(_LAST, (organization,))), 0)
    covered = covers(read, organization).get(store, ())
    lists = kind.whole(read, Moment(organization, last, as_of, covered))
    return publication(kind.name, lists, lift + last)
