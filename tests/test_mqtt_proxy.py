import random

from simulators.broker import Broker
from tests.mqtt_proxy import MqttProxy, read_publish, take_packet
from tests.relaying import Tap

PUBLISH = bytes.fromhex("320b0003612f62000a7b22787d")
"""At QoS 1, packet id 10, topic `a/b`, payload `{"x}`."""


def test_a_packet_is_taken_when_all_of_it_is_there() -> None:
    for cut in range(len(PUBLISH)):
        assert take_packet(bytearray(PUBLISH[:cut])) == b""
    buffer = bytearray(PUBLISH + PUBLISH[:3])
    assert take_packet(buffer) == PUBLISH
    assert buffer == PUBLISH[:3]


def test_a_long_packet_is_as_long_as_it_says() -> None:
    packet = bytes((0x32, 0x80, 0x01)) + bytes(128)
    assert take_packet(bytearray(packet[:-1])) == b""
    assert take_packet(bytearray(packet)) == packet


def test_a_message_is_read_with_and_without_the_properties_of_mqtt_5() -> None:
    assert read_publish(PUBLISH) == ("a/b", b'{"x}')
    with_properties = bytes.fromhex("320f0003612f62000a030201017b22787d")
    assert read_publish(with_properties) == ("a/b", b'{"x}')


async def test_messages_overtake_each_other_and_come_twice() -> None:
    async with (
        Broker() as broker,
        MqttProxy(broker.port, random.Random(1)) as proxy,  # noqa: S311 - no secret
        Tap(broker.port, "topic") as heard,
        Tap(proxy.port) as speaker,
    ):
        proxy.overtaking = proxy.doubling = 1.0
        speaker._client.publish("topic", b"{1}", qos=1)
        await speaker.publish("topic", b"{2}")
        payloads = [(await heard.next(lambda _: True)).payload for _ in range(3)]
    assert payloads == [b"{2}", b"{1}", b"{1}"]
    assert (proxy.overtaken, proxy.doubled) == (1, 1)
