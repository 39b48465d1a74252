using System.Collections.Concurrent;
using System.Globalization;
using Crm.Accounts;
using Crm.Correspondence;
using Crm.Courses;
using Crm.Enrolments;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Crm.Seats;
using Crm.Web;
using Marten;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Enrolments;

/// <summary>Who waits for a seat in a full batch: in order, with a hold that runs out, and never more seats than there are.</summary>
public sealed class WaitlistTests(TestPostgres postgres)
{
    private static readonly DateTimeOffset Now = TestApp.Start;
    private static readonly DateOnly Today = new(2026, 11, 23);
    private static readonly TimeSpan Hold = TimeSpan.FromHours(48);

    private static Batch Full(int seats, int waiting)
    {
        var batch = new Batch { Id = Guid.NewGuid(), Code = "CPC-2701", StartsOn = Today.AddDays(30), Seats = seats, SeatsTaken = seats };
        for (var i = 0; i < waiting; i++) batch.Join(new WaitingPlace(Guid.NewGuid(), Now.AddMinutes(i - waiting), "Divya Menon"));
        return batch;
    }

    [Fact]
    public void A_freed_seat_is_held_for_the_first_by_priority_and_then_by_time()
    {
        var batch = Full(2, 3);
        var (first, second, third) = (batch.Waitlist[0], batch.Waitlist[1], batch.Waitlist[2]);
        batch.Prefer(third.LeadId, 5);
        batch.SeatsTaken--;
        Assert.Equal((0, false), (batch.SeatsLeftAt(Now), batch.HasSeatFor(first.LeadId, Now)));

        var held = Assert.Single(batch.HoldSeats(Now, Now + Hold, Today));

        Assert.Equal((third.LeadId, Now + Hold), (held.LeadId, held.HeldUntil));
        Assert.True(batch.HasSeatFor(third.LeadId, Now));
        Assert.False(batch.HasSeatFor(first.LeadId, Now));
        Assert.Equal([third.LeadId, first.LeadId, second.LeadId], batch.InOrder().Select(w => w.LeadId));
        Assert.Empty(batch.HoldSeats(Now.AddHours(1), Now.AddHours(1) + Hold, Today));
    }

    [Fact]
    public void A_hold_that_has_run_out_blocks_nothing_though_nobody_has_noticed()
    {
        var batch = Full(2, 1);
        batch.SeatsTaken--;
        batch.HoldSeats(Now, Now + Hold, Today);
        Assert.Equal((0, 2), (batch.SeatsLeftAt(Now + Hold - TimeSpan.FromSeconds(1)), batch.SeatsBoundAt(Now)));

        Assert.Equal((1, 1), (batch.SeatsLeftAt(Now + Hold), batch.SeatsBoundAt(Now + Hold)));
        Assert.False(batch.Waitlist[0].HoldsAt(Now + Hold));
        Assert.Empty(batch.HoldSeats(Now + Hold, Now + Hold + Hold, Today)); // who did not come is not asked again by itself
    }

    [Theory]
    [InlineData(-15, null)]
    [InlineData(-5, -1)]
    public void Nothing_is_held_in_a_batch_that_nobody_can_join_any_more(int starts, int? ends)
    {
        var batch = Full(2, 1);
        (batch.StartsOn, batch.EndsOn) = (Today.AddDays(starts), ends is { } days ? Today.AddDays(days) : null);
        batch.SeatsTaken--;

        Assert.Empty(batch.HoldSeats(Now, Now + Hold, Today));
    }

    [Theory]
    [InlineData(1, 1, 0, "its one seat is taken")]
    [InlineData(1, 1, 2, "its one seat is taken, and 2 wait for the next")]
    [InlineData(1, 0, 2, "its one seat is held, and 1 waits for the next")]
    [InlineData(2, 1, 1, "of its 2 seats 1 is taken, 1 held")]
    [InlineData(2, 2, 1, "of its 2 seats 2 are taken, and 1 waits for the next")]
    [InlineData(2, 2, 0, "its 2 seats are taken")]
    public void That_a_batch_is_full_is_said_of_one_seat_as_of_one(int seats, int taken, int waiting, string words)
    {
        var batch = Full(seats, waiting);
        batch.SeatsTaken = taken;
        batch.HoldSeats(Now, Now + Hold, Today);

        Assert.Equal($"CPC-2701 is full: {words}.", OpenBatches.WhyFull(batch, Now));
    }

    [Fact]
    public void The_one_seat_that_is_not_held_yet_is_for_who_waits()
    {
        var batch = Full(1, 1);
        batch.SeatsTaken--;

        Assert.Equal("CPC-2701 is full: its one seat is for who waits.", OpenBatches.WhyFull(batch, Now));
    }

    [Fact]
    public async Task From_the_list_to_the_seat_with_an_email_and_to_the_next_when_the_hold_runs_out()
    {
        await using var office = await Office.OpenAsync(postgres, seats: 1);
        var (_, seat) = await office.EnrolAsync();
        var binu = await office.App.AddLeadAsync(office.Course, "Binu George", "binu@mail.example");
        var devi = await office.App.AddLeadAsync(office.Course, "Devi Raj", "devi@mail.example");
        foreach (var lead in new[] { binu, devi }) await office.OnLeadAsync(lead, "waits", ("batchId", office.Batch.Id.ToString()));
        var waiting = await office.Staff.GetAsync($"/leads/{devi.Id}");
        Assert.Contains("CPC-2701: 1 ahead", waiting.Text);

        await office.OnSeatAsync(seat, "withdrawal", ("why", "Moving"));
        await office.App.DeliverAsync();

        var mail = Assert.Single(await office.App.AllAsync<OutboxMessage>(), m => m.Kind == MessageKinds.SeatHeld);
        Assert.Equal((MessageStatus.Sent, "binu@mail.example", "A seat in CPC-2701 is held for you until 25 Nov 2026, 10:00 AM"),
            (mail.Status, mail.To, mail.Subject));
        Assert.Contains("A seat in CPC-2701 is held until 25 Nov 2026, 10:00 AM", (await office.Staff.GetAsync($"/leads/{binu.Id}")).Text);
        var refused = await Assert.ThrowsAsync<Refusal>(() => office.App.EnrolAsync(devi, office.User, office.Batch));
        Assert.Equal("CPC-2701 is full: its one seat is held, and 1 waits for the next. Choose another.", refused.Message);

        office.App.Time.Advance(Hold);
        await office.App.Get<HoldSweep>().RunAsync(default);
        await Assert.ThrowsAsync<Refusal>(() => office.App.EnrolAsync(binu, office.User, office.Batch));
        await office.App.EnrolAsync(devi, office.User, office.Batch);
        await office.App.DeliverAsync();

        var batch = await office.BatchNowAsync();
        Assert.Equal([binu.Id], batch.Waitlist.Select(w => w.LeadId));
        Assert.Equal(1, batch.SeatsTaken);
        // She came before the email left: it says nothing that is true any more.
        Assert.Equal(MessageStatus.Cancelled, Assert.Single(await office.App.AllAsync<OutboxMessage>(),
            m => m.Kind == MessageKinds.SeatHeld && m.To == "devi@mail.example").Status);
    }

    [Theory]
    [InlineData("13:00:00", "23 Nov 2026, 11:59 PM")]
    [InlineData("23:59:30", "24 Nov 2026, 12:00 AM")] // whoever is quick has half a minute
    public async Task A_seat_is_held_no_longer_than_somebody_can_take_it(string time, string last)
    {
        await using var office = await Office.OpenAsync(postgres, role: Roles.Manager);
        var app = office.App;
        var (_, seat) = await office.EnrolAsync();
        var waiting = await app.AddLeadAsync(office.Course, "Benny Paul", "benny@mail.example");
        var batch = await office.BatchNowAsync();
        (batch.StartsOn, batch.Seats) = (app.Clock.Today.AddDays(-Batch.DaysAfterStart), 1); // today is the last day
        await app.StoreAsync(batch);
        await office.OnLeadAsync(waiting, "waits", ("batchId", batch.Id.ToString()));

        app.Time.Advance(app.Clock.At(app.Clock.Today, TimeOnly.Parse(time, CultureInfo.InvariantCulture)) - app.Clock.Now);

        await app.OnSeatAsync<Withdraw>(seat.Id, office.User, ("on", "2026-11-23"), ("why", "Moves away"));

        var until = (await office.BatchNowAsync()).PlaceOf(waiting.Id)!.HeldUntil!.Value;
        Assert.Equal(last, Format.DateAndTime(app.Clock.Local(until)));
        var mail = Assert.Single(await app.AllAsync<OutboxMessage>(), m => m.Kind == MessageKinds.SeatHeld);
        Assert.EndsWith("until " + last, mail.Subject);
        app.Time.Advance(TimeSpan.FromDays(1));
        using var tomorrow = await app.SignInAsync(office.User);
        var page = await tomorrow.GetAsync($"/leads/{waiting.Id}");
        Assert.Contains("CPC-2701 takes nobody any more", page.Text);
        Assert.DoesNotContain("A seat is held", page.Text);
    }

    [Fact]
    public async Task Who_is_erased_with_two_places_leaves_both_and_is_written_to_in_between_by_nobody()
    {
        await using var office = await Office.OpenAsync(postgres, role: Roles.Manager);
        var (app, staff) = (office.App, office.Staff);
        var (_, seat) = await office.EnrolAsync();
        var first = await app.AddLeadAsync(office.Course, "Wait Anu", "anu@mail.example");
        var second = await app.AddLeadAsync(office.Course, "Wait Biju", "biju@mail.example");
        var batch = await office.BatchNowAsync();
        batch.Seats = 1;
        await app.StoreAsync(batch);
        foreach (var lead in new[] { first, second }) await office.OnLeadAsync(lead, "waits", ("batchId", batch.Id.ToString()));
        await office.OnSeatAsync(seat, "withdrawal", ("why", "Moves away"));
        await staff.GetAsync($"/people/{first.PersonId}/merges/new?with={second.PersonId}");
        await staff.SubmitAsync($"form[action='/people/{first.PersonId}/merges']", new() { ["name"] = "keep", ["email"] = "keep" });

        await staff.GetAsync($"/people/{first.PersonId}/data");
        await staff.SubmitAsync($"form[action='/people/{first.PersonId}/data/erasure']", new() { ["sure"] = "true" });

        Assert.True((await app.LoadAsync<Person>(first.PersonId)).IsErased);
        Assert.Empty((await office.BatchNowAsync()).Waitlist);
        Assert.DoesNotContain(await app.AllAsync<OutboxMessage>(), m => m.Body.Contains("Wait ", StringComparison.Ordinal)
            || m.To.Contains("anu@", StringComparison.Ordinal) || m.To.Contains("biju@", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_has_no_email_is_called_once_while_the_seat_is_held()
    {
        await using var office = await Office.OpenAsync(postgres, seats: 1);
        var (_, seat) = await office.EnrolAsync();
        var binu = await office.App.AddLeadAsync(office.Course, "Binu George", email: null);
        await office.OnLeadAsync(binu, "waits", ("batchId", office.Batch.Id.ToString()));
        await office.OnSeatAsync(seat, "withdrawal", ("why", "Moving"));

        foreach (var _ in Enumerable.Range(0, 2))
            await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => office.App.Get<HoldCalls>().RunAsync(default)));

        const string why = "A seat in CPC-2701 is held until 25 Nov 2026, 10:00 AM, and there is no email";
        Assert.Equal(why, (await office.App.LoadAsync<Lead>(binu.Id)).FollowUp?.Purpose);
        Assert.Single((await office.App.EventsAsync(binu.Id)).OfType<FollowUpPlanned>(), f => f.Purpose == why);
        var batch = await office.BatchNowAsync();
        Assert.Equal((0, true), (batch.CallsToPlan, batch.Waitlist[0].HoldId is not null));
    }

    [Theory]
    [InlineData(MessageStatus.Cancelled)]
    [InlineData(MessageStatus.Failed)]
    public async Task Whom_the_email_about_a_held_seat_does_not_reach_is_called_once(MessageStatus became)
    {
        await using var office = await Office.OpenAsync(postgres, seats: 1);
        var (_, seat) = await office.EnrolAsync();
        var binu = await office.App.AddLeadAsync(office.Course, "Binu George", "binu@mail.example");
        await office.OnLeadAsync(binu, "waits", ("batchId", office.Batch.Id.ToString()));
        await office.OnSeatAsync(seat, "withdrawal", ("why", "Moving"));
        await office.App.Get<HoldCalls>().RunAsync(default);
        Assert.Null((await office.App.LoadAsync<Lead>(binu.Id)).FollowUp);
        await office.App.ChangeMessageAsync(await office.App.OneMessageAsync(MessageKinds.SeatHeld), m => m.Status = became);

        for (var i = 0; i < 2; i++)
            await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => office.App.Get<HoldCalls>().RunAsync(default)));

        const string why = "A seat in CPC-2701 is held until 25 Nov 2026, 10:00 AM, and the email about it did not leave";
        Assert.Single((await office.App.EventsAsync(binu.Id)).OfType<FollowUpPlanned>(), f => f.Purpose == why);
        Assert.True((await office.BatchNowAsync()).Waitlist[0].IsCalled);
    }

    [Fact]
    public async Task Who_is_lost_enrols_elsewhere_or_is_taken_off_waits_no_more_and_the_next_is_asked()
    {
        await using var office = await Office.OpenAsync(postgres, seats: 1);
        var other = await office.App.AddBatchAsync(office.Course, code: "CPC-2702");
        var (_, seat) = await office.EnrolAsync();
        List<Lead> leads = [];
        foreach (var name in new[] { "Binu George", "Devi Raj", "Esha Nair", "Farha Ali" })
        {
            leads.Add(await office.App.AddLeadAsync(office.Course, name, null));
            await office.OnLeadAsync(leads[^1], "waits", ("batchId", office.Batch.Id.ToString()));
        }
        async Task<Guid> HolderAsync() =>
            Assert.Single((await office.BatchNowAsync()).Waitlist, w => w.HoldsAt(office.App.Clock.Now)).LeadId;
        await office.OnSeatAsync(seat, "withdrawal", ("why", "Moving"));
        Assert.Equal(leads[0].Id, await HolderAsync());

        await office.OnLeadAsync(leads[0], "loss", ("reason", "Fee"));
        Assert.Equal(leads[1].Id, await HolderAsync());
        await office.App.EnrolAsync(leads[1], office.User, other);
        Assert.Equal(leads[2].Id, await HolderAsync());
        await office.OnLeadAsync(leads[2], "waits/departures", ("batchId", office.Batch.Id.ToString()));
        Assert.Equal(leads[3].Id, await HolderAsync());

        Assert.Equal([leads[3].Id], (await office.BatchNowAsync()).Waitlist.Select(w => w.LeadId));
        Assert.Empty((await office.App.LoadAsync<Lead>(leads[2].Id)).Waits);
    }

    [Fact]
    public async Task Who_is_reopened_by_hand_stands_where_they_stood_and_is_told_of_a_seat_that_is_free()
    {
        await using var office = await Office.OpenAsync(postgres, seats: 1);
        var (_, seat) = await office.EnrolAsync();
        List<Lead> leads = [];
        foreach (var name in new[] { "Binu George", "Devi Raj" })
        {
            leads.Add(await office.App.AddLeadAsync(office.Course, name, name[..4].ToLowerInvariant() + "@mail.example"));
            await office.OnLeadAsync(leads[^1], "waits", ("batchId", office.Batch.Id.ToString()));
        }
        var preferred = await office.BatchNowAsync();
        preferred.Prefer(leads[1].Id, 3);
        await office.App.StoreAsync(preferred);
        await office.OnLeadAsync(leads[1], "loss", ("reason", "Fee"));
        Assert.Equal([leads[0].Id], (await office.BatchNowAsync()).Waitlist.Select(w => w.LeadId));

        await office.OnLeadAsync(leads[1], "reopening", ("why", "It was the wrong one"));

        Assert.Equal(preferred.InOrder(), (await office.BatchNowAsync()).InOrder());
        // The same with a hold that nobody has written about yet.
        await office.OnSeatAsync(seat, "withdrawal", ("why", "Moving"));
        await office.OnLeadAsync(leads[0], "loss", ("reason", "Fee"));
        await office.OnLeadAsync(leads[1], "loss", ("reason", "Fee"));
        Assert.Equal((0, 2), ((await office.BatchNowAsync()).Waitlist.Count, (await office.BatchNowAsync()).LostPlaces.Count));
        office.App.Time.Advance(TimeSpan.FromHours(1));
        await office.OnLeadAsync(leads[1], "reopening", ("why", "After all"));
        await office.App.DeliverAsync();

        Assert.Equal(office.App.Clock.Now + Hold, Assert.Single((await office.BatchNowAsync()).Waitlist).HeldUntil);
        Assert.Equal("devi@mail.example", Assert.Single(await office.App.AllAsync<OutboxMessage>(),
            m => m.Kind == MessageKinds.SeatHeld && m.Status == MessageStatus.Sent).To);
        // Who enrols comes back to no list.
        var other = await office.App.AddBatchAsync(office.Course, code: "CPC-2702");
        await office.App.EnrolAsync(leads[0], office.User, other);
        Assert.Empty((await office.BatchNowAsync()).LostPlaces);
    }

    private static async Task<Lead> WaitAsync(Office office, string name, string phone)
    {
        var lead = await office.App.AddLeadAsync(office.Course, name, null, phone);
        await office.OnLeadAsync(lead, "waits", ("batchId", office.Batch.Id.ToString()));
        office.App.Time.Advance(TimeSpan.FromMinutes(1));
        return lead;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Two_records_of_one_person_stand_once_in_the_earlier_place_and_split_again_each_in_their_own(bool otherWay)
    {
        await using var office = await Office.OpenAsync(postgres, seats: 1);
        await office.EnrolAsync();
        var first = await WaitAsync(office, "Anu George", "+919847055501");
        var between = await WaitAsync(office, "Devi Raj", "+919847055502");
        var second = await WaitAsync(office, "Sara Paul", "+919847055503");
        var before = (await office.BatchNowAsync()).InOrder().ToList();
        Assert.Equal([first.Id, between.Id, second.Id], before.Select(w => w.LeadId));
        var (keep, other) = otherWay ? (second.PersonId, first.PersonId) : (first.PersonId, second.PersonId);
        var merging = office.App.Get<Crm.Enquiries.MergePeople>();

        Assert.True(await merging.MergeAsync(keep, other, [], null, office.App.Now(), default));

        Assert.Equal(before[..2], (await office.BatchNowAsync()).InOrder());
        // Neither by a second lead does anybody join twice.
        Assert.Empty((await office.Staff.GetAsync($"/leads/{second.Id}")).Html.QuerySelectorAll("form[action$='/waits']"));
        var refused = await Assert.ThrowsAsync<Refusal>(() =>
            office.App.ActAsync<JoinWaitlist>(second.Id, office.User, ("batchId", office.Batch.Id.ToString())));
        Assert.Equal("They stand on the list of CPC-2701 by another of their leads.", refused.Message);
        // The lead by which they stand is closed as one too many: they wait by the other.
        await office.OnLeadAsync(first, "loss", ("reason", "Fee"));
        Assert.Equal(before[1..], (await office.BatchNowAsync()).InOrder());
        await office.OnLeadAsync(first, "reopening", ("why", "After all"));
        Assert.Equal(before[..2], (await office.BatchNowAsync()).InOrder());

        Assert.True(await merging.SplitAsync(keep, other, office.App.Now(), default));

        Assert.Equal(before, (await office.BatchNowAsync()).InOrder());
        Assert.Empty((await office.BatchNowAsync()).LostPlaces);
    }

    [Fact]
    public async Task Of_two_places_the_one_that_holds_a_seat_is_kept_and_a_second_seat_goes_to_the_next()
    {
        await using var office = await Office.OpenAsync(postgres, seats: 2);
        var seats = new[] { (await office.EnrolAsync()).Seat, (await office.EnrolAsync("Binu Das")).Seat };
        var first = await WaitAsync(office, "Anu George", "+919847055501");
        var second = await WaitAsync(office, "Sara Paul", "+919847055503");
        var next = await WaitAsync(office, "Devi Raj", "+919847055502");
        foreach (var seat in seats) await office.OnSeatAsync(seat, "withdrawal", ("why", "Moving"));
        Assert.Equal(2, (await office.BatchNowAsync()).HeldAt(office.App.Clock.Now));

        await office.App.Get<Crm.Enquiries.MergePeople>().MergeAsync(first.PersonId, second.PersonId, [], null, office.App.Now(), default);

        var batch = await office.BatchNowAsync();
        Assert.Equal([first.Id, next.Id], batch.InOrder().Where(w => w.HoldsAt(office.App.Clock.Now)).Select(w => w.LeadId));
        Assert.Equal(2, batch.Waitlist.Count);
    }

    [Fact]
    public async Task Who_meant_another_course_waits_for_no_seat_of_the_first_and_gets_no_offer_of_it()
    {
        await using var office = await Office.OpenAsync(postgres, seats: 1);
        var ccs = await office.App.AddCourseAsync("CCS");
        var other = await office.App.AddBatchAsync(office.Course, code: "CPC-2702");
        await office.EnrolAsync();
        var lead = await office.App.AddLeadAsync(office.Course, "Binu George", "binu@mail.example");
        await office.OnLeadAsync(lead, "waits", ("batchId", office.Batch.Id.ToString()));
        Assert.Single((await office.BatchNowAsync()).Waitlist);
        await office.App.ActAsync<MakeOffer>(lead.Id, office.User, ("batchId", other.Id.ToString()),
            ("validUntil", office.App.Clock.Today.ToString("yyyy-MM-dd")), ("byEmail", "true"));

        await office.OnLeadAsync(lead, "course", ("course", ccs.Id.ToString()));

        Assert.Empty((await office.BatchNowAsync()).Waitlist);
        Assert.Equal(MessageStatus.Cancelled, (await office.App.OneMessageAsync(MessageKinds.Offer)).Status);
    }

    // Withdrawals, transfers, enrolments, waits, losses and sweeps at once, some of them killed before they are stored.
    [Fact]
    public async Task Seats_taken_and_held_are_never_more_than_there_are_whatever_many_do_at_once()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var user = await app.AddUserAsync("Divya Menon");
        var course = await app.AddCourseAsync();
        Batch[] batches = [await app.AddBatchAsync(course, 3, "A"), await app.AddBatchAsync(course, 4, "B")];
        var leads = new List<Lead>();
        for (var i = 0; i < 16; i++) leads.Add(await app.AddLeadAsync(course, email: i % 3 == 0 ? null : $"a{i}@mail.example"));
        var (broken, done) = (new ConcurrentBag<string>(), 0);

        async Task CheckAsync()
        {
            foreach (var batch in await app.AllAsync<Batch>())
                if (batch.SeatsBoundAt(app.Clock.Now) > batch.Seats)
                    broken.Add($"{batch.Code}: {batch.SeatsTaken} taken and {batch.HeldAt(app.Clock.Now)} held of {batch.Seats}");
        }
        async Task WorkAsync(int seed)
        {
            var random = new Random(seed);
            for (var step = 0; step < 14; step++)
                if (await RaceAsync(app, user, leads[random.Next(leads.Count)], batches[random.Next(2)], random))
                    Interlocked.Increment(ref done);
        }
        using var stop = new CancellationTokenSource();
        var watching = Task.Run(async () => { while (!stop.IsCancellationRequested) await CheckAsync(); });
        await Task.WhenAll(Enumerable.Range(1, 12).Select(WorkAsync));
        await stop.CancelAsync();
        await watching;
        await CheckAsync();

        Assert.Empty(broken);
        Assert.True(done > 20, $"Only {done} things happened.");
        var seats = await app.AllAsync<Enrolment>();
        Assert.All(await app.AllAsync<Batch>(), b => Assert.Equal(seats.Count(s => s.IsCurrent && s.BatchId == b.Id), b.SeatsTaken));
        Assert.All(seats.Where(s => s.IsCurrent).GroupBy(s => s.LeadId), s => Assert.Single(s));
        Assert.Equal(seats.Count, seats.Select(s => s.RollNumber).Distinct().Count());
    }

    private static async Task<bool> RaceAsync(TestApp app, User user, Lead lead, Batch batch, Random random)
    {
        var dies = random.Next(8) == 0;
        try
        {
            switch (random.Next(6))
            {
                case 0: app.Time.Advance(TimeSpan.FromHours(20)); await app.Get<HoldSweep>().RunAsync(default); break;
                case 1: await OnLeadAsync<JoinWaitlist>(app, user, lead, dies, ("batchId", batch.Id.ToString())); break;
                case 2 or 3:
                    await OnLeadAsync<Enrol>(app, user, lead, dies, ("batchId", batch.Id.ToString()), ("instalments", "1"),
                        ("firstDueOn", $"{app.Clock.Today:yyyy-MM-dd}"));
                    break;
                default:
                    var seats = await app.AllAsync<Enrolment>();
                    if (seats.FirstOrDefault(s => s.LeadId == lead.Id && s.IsCurrent) is not { } seat) return false;
                    await (random.Next(2) == 0
                        ? OnSeatAsync<Withdraw>(app, user, seat, dies, ("on", $"{app.Clock.Today:yyyy-MM-dd}"), ("why", "x"))
                        : OnSeatAsync<Transfer>(app, user, seat, dies, ("batchId", batch.Id.ToString()), ("instalments", "1"),
                            ("firstDueOn", $"{app.Clock.Today:yyyy-MM-dd}"), ("why", "x")));
                    break;
            }
            return true;
        }
        catch (Exception e) when (e is Refusal or OperationCanceledException)
        {
            return false;
        }
    }

    // Who dies does so with everything locked and changed and nothing stored.
    private static Task OnLeadAsync<TAct>(TestApp app, User user, Lead lead, bool dies, params (string, string)[] typed)
        where TAct : LeadAct
    {
        var (act, form) = (app.Host.Services.GetServices<LeadAct>().OfType<TAct>().Single(), FormOf(typed));
        return app.Get<LeadWriter>().ChangeAsync(lead.Id, app.Now(Actor.Staff(user.Id, user.Name)), async work =>
        {
            var events = await act.DecideAsync(new LeadForm(work.Lead, work.Stamp, form, work.Session, app.Clock), default);
            return dies ? throw new OperationCanceledException("killed") : form.Ok ? events : throw new Refusal(form.FirstError());
        }, default);
    }

    private static async Task OnSeatAsync<TAct>(TestApp app, User user, Enrolment seat, bool dies, params (string, string)[] typed)
        where TAct : SeatAct
    {
        var (act, form) = (app.Host.Services.GetServices<SeatAct>().OfType<TAct>().Single(), FormOf(typed));
        await app.Get<SeatWriter>().ChangeAsync(seat.Id, app.Now(Actor.Staff(user.Id, user.Name)), async work =>
        {
            var events = await act.DecideAsync(new SeatForm(work.Seat, work.Stamp, form, work.Session, app.Clock), default);
            return dies ? throw new OperationCanceledException("killed") : form.Ok ? events : throw new Refusal(form.FirstError());
        }, default, session => act.LockAsync(seat, session, default));
    }

    private static Form FormOf((string Field, string Value)[] typed)
    {
        var form = new Form();
        foreach (var (field, value) in typed) form[field] = value;
        return form;
    }
}
