"""Makes a whole set when its turn has come: what waits to be published takes no memory."""

from central_office import master_lists
from central_office.downstream.plan import Whole
from central_office.downstream.stock import covers, whole_stock
from central_office.master_lists import STOCK
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
    if whole.key.name != STOCK:
        return master_lists.whole(read, whole.key)
    organization, store = whole.store
    lift = master_lists.versions(read).get(whole.key, 0)
    last = next((number for (number,) in read(_LAST, (organization,))), 0)
    stock = whole_stock(read, organization, as_of, covers(read, organization).get(store, ()))
    return publication(STOCK, stock, lift + last)
