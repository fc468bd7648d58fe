"""A campaign is compared with the one before it by the same day of the window."""

from datetime import date

from reports.dashboards import charts
from reports.queries import dashboard, held
from reports.queries.held import Counts
from reports.queries.levels import Level


def test_the_twelfth_day_is_compared_with_the_twelfth_day(campaign, previous):
    assert held.same_day_of(campaign, previous, date(2019, 9, 24)) == date(2019, 4, 12)


def test_the_first_day_with_the_first(campaign, previous):
    assert held.same_day_of(campaign, previous, date(2019, 9, 13)) == date(2019, 4, 1)


def test_before_the_window_opens_nothing_later_than_the_first_day_is_taken(campaign, previous):
    assert held.same_day_of(campaign, previous, date(2019, 9, 1)) == date(2019, 4, 1)


def test_once_the_window_is_over_campaigns_are_compared_as_a_whole(campaign, previous):
    assert held.same_day_of(campaign, previous, date(2019, 10, 14)) is None


def test_a_shorter_campaign_before_is_taken_whole_when_it_had_ended_by_then(campaign, previous):
    previous.ends_on = date(2019, 4, 12)
    assert held.same_day_of(campaign, previous, date(2019, 9, 24)) is None
    assert held.same_day_of(campaign, previous, date(2019, 9, 23)) == date(2019, 4, 11)


def test_what_was_held_by_the_same_day_is_counted(log, campaign, previous, clock):
    found = dashboard.read_dashboard(Level(campaign))
    assert found.past == held.Past(previous, date(2019, 4, 12), Counts(2, 0, 3, 0))


def test_a_school_is_compared_with_itself(log, campaign, previous, second_school):
    assert dashboard.read_dashboard(Level(campaign, school=second_school)).past.counts == Counts()


def test_without_a_campaign_before_there_is_no_comparison(campaign, school):
    assert dashboard.read_dashboard(Level(campaign)).past is None


def test_the_curve_reaches_today_and_the_one_before_runs_to_its_end(log, campaign):
    found = dashboard.read_dashboard(Level(campaign))
    curve = charts.curve(campaign, found.days, found.past_days, found.today)
    assert curve.now.count("L") == (date(2019, 9, 24) - date(2019, 9, 13)).days
    assert curve.past.count("L") == (date(2019, 5, 15) - date(2019, 4, 1)).days
    assert curve.label_now.text.endswith(": 5")


def test_before_the_first_day_there_is_no_curve(campaign):
    assert charts.curve(campaign, [], [], date(2019, 9, 12)) is None


def test_an_event_that_began_before_the_window_counts_from_the_first_day(campaign):
    days = [held.DayCount(date(2019, 9, 2), Counts(3, 1)), held.DayCount(date(2019, 9, 14), Counts(1))]
    assert charts._cumulative(days, campaign.starts_on, 2, lambda counts: counts.accepted) == [3, 4, 4]


def test_tops_of_a_scale_are_round_and_never_below():
    for most in (0, 1, 3, 4, 5, 9, 21, 99, 100, 101, 4_611, 28_800, 999_999):
        top = charts.nice_top(most)
        assert top >= most
        assert top % 4 == 0
        assert most < 4 or top < 3 * most
