import weakref

from drivers.errors import OfflineError
from drivers.fan import EventFan


async def test_every_subscriber_gets_what_is_published_while_it_is_there() -> None:
    fan = EventFan[int]()
    early = fan.subscribe()
    fan.publish(1)
    late = fan.subscribe()
    fan.publish(2)
    assert [await anext(early), await anext(early), await anext(late)] == [1, 2, 2]


async def test_subscription_that_nobody_reads_any_more_is_gone() -> None:
    fan = EventFan[int]()
    left = weakref.ref(fan.subscribe())
    fan.publish(1)
    assert left() is None
    fan.end(OfflineError("The cable is out.", device="terminal"))
