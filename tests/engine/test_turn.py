"""The turn to write: shares run side by side, a whole turn alone, and nobody is passed over."""

import asyncio

import pytest

from dsql_migrate.engine.gateway.turn import Turn


def test_shares_run_side_by_side_and_a_whole_turn_waits_for_them() -> None:
    async def scene() -> list[str]:
        turn, seen = Turn(), []

        async def whole() -> None:
            async with turn.whole:
                seen.append("whole")

        assert turn.share()
        assert turn.share()
        task = asyncio.create_task(whole())
        await asyncio.sleep(0)
        assert not turn.share()  # whoever waits goes first
        turn.give()
        await asyncio.sleep(0)
        seen.append("still one")
        turn.give()
        await task
        assert turn.share()
        return seen

    assert asyncio.run(scene()) == ["still one", "whole"]


def test_the_turn_goes_round_in_order_and_past_those_who_gave_up() -> None:
    async def scene() -> list[int]:
        turn, seen = Turn(), []

        async def whole(number: int) -> None:
            async with turn.whole:
                seen.append(number)
                await asyncio.sleep(0)

        tasks = [asyncio.create_task(whole(number)) for number in range(4)]
        await asyncio.sleep(0)
        tasks[2].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert turn.share()
        return seen

    assert asyncio.run(scene()) == [0, 1, 3]


def test_who_gives_up_in_the_moment_of_getting_it_passes_it_on() -> None:
    async def scene() -> None:
        turn = Turn()
        assert turn.share()

        async def whole() -> None:
            async with turn.whole:
                pytest.fail("it was cancelled")

        first = asyncio.create_task(whole())
        await asyncio.sleep(0)
        turn.give()  # it is the first one's now, and it has not run yet
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        async with asyncio.timeout(1):
            async with turn.whole:
                pass

    asyncio.run(scene())


def test_steps_run_beside_each_other_and_not_beside_single_statements() -> None:
    async def scene() -> list[str]:
        turn, seen = Turn(), []

        async def step(name: str) -> None:
            async with turn.step:
                seen.append(name)
                await asyncio.sleep(0.01)
                seen.append(f"{name} done")

        steps = [asyncio.create_task(step(name)) for name in "ab"]
        await asyncio.sleep(0)
        assert not turn.share()
        await asyncio.gather(*steps)
        assert turn.share()
        return seen

    assert asyncio.run(scene()) == ["a", "b", "a done", "b done"]
