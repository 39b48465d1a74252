using System.Net;
using Crm.Changes;
using Crm.Correspondence;
using Crm.Courses;
using Crm.Enrolments;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Crm.Seats;
using Crm.Storage;
using Marten;

namespace Crm.Tests.Enrolments;

/// <summary>A batch that is cancelled, and the seats that a manager changes.</summary>
public sealed class CancelBatchTests(TestPostgres postgres)
{
    private static string Page(Office office, Batch? to = null) =>
        $"/batches/{office.Batch.Id}/cancellation" + (to is null ? "" : $"?to={to.Id}");

    private static string FormOf(Office office) => $"form[action='/batches/{office.Batch.Id}/cancellation'][method=post]";

    [Fact]
    public async Task It_is_looked_at_first_and_then_everybody_is_moved_or_withdrawn_with_all_due_back()
    {
        await using var office = await Office.OpenAsync(postgres, seats: 4, role: Roles.Manager);
        var to = await office.App.AddBatchAsync(office.Course, seats: 2, code: "CPC-2702");
        var (_, anjali) = await office.EnrolAsync("Anjali Nair", instalments: 3, discount: 1_000);
        var (_, binu) = await office.EnrolAsync("Binu George");
        var (_, chithra) = await office.EnrolAsync("Chithra Das");
        var (deepa, _) = await office.EnrolAsync("Deepa Raj", to);
        await office.EnrolAsync("Esha Nair");
        var waiting = await office.App.AddLeadAsync(office.Course, "Farha Ali");
        await office.OnLeadAsync(waiting, "waits", ("batchId", office.Batch.Id.ToString()));
        await office.PayAsync(anjali, 14_000);
        await office.PayAsync(binu, 5_000);

        var page = await office.Staff.GetAsync(Page(office, to));
        Assert.Equal(["1 moved, 3 withdrawn", "₹5,000 due back"], page.One("section h2").TextContent
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[..2]);
        const string unpaid = "is withdrawn, nothing was paid";
        Assert.Equal(["moves to CPC-2702", "is withdrawn, ₹5,000 due back", unpaid, unpaid], page.Texts("tbody td:nth-child(3)"));
        Assert.Equal("CPC-2702 has no more seats", page.Texts("tbody td:nth-child(4)")[1]);
        Assert.Equal(4, (await office.BatchNowAsync()).SeatsTaken);

        var done = await office.Staff.SubmitAsync(FormOf(office), new() { ["why"] = "Too few" });

        Assert.Contains("Cancelled by Divya Menon, 23 Nov 2026, 10:00 AM: Too few", done.One(".note").TextContent);
        var change = Assert.Single(await office.App.AllAsync<Change>());
        Assert.Equal((ChangeKind.Cancellation, "Cancelled CPC-2701: 1 moved to CPC-2702, 3 withdrawn", 5, 5, false),
            (change.Kind, change.Words, change.Leads, change.Seats, change.CanBeUndone));
        var moved = await office.App.LoadAsync<Enrolment>((await office.NowAsync(anjali)).Left!.To!.Value);
        Assert.Equal(("CPC-2702-02", 41_000, 14_000), (moved.RollNumber, moved.Net.Rupees, moved.Received.Rupees));
        Assert.Equal(anjali.Instalments, moved.Instalments);
        Assert.Equal("CPC", (await office.App.LoadAsync<Lead>(anjali.LeadId)).CourseCode);
        Assert.Equal((5_000, "All of ₹5,000: the batch was cancelled"),
            (await office.NowAsync(binu)).Left is { } left ? (left.RefundDue.Rupees, left.Counted) : default);
        Assert.Equal(LostReason.Withdrew, (await office.App.LoadAsync<Lead>(chithra.LeadId)).LostReason);
        var (batch, other) = (await office.BatchNowAsync(), await office.BatchNowAsync(to));
        Assert.Equal((0, 2, 0), (batch.SeatsTaken, other.SeatsTaken, batch.Waitlist.Count));
        Assert.Equal("CPC-2701 was cancelled, for which a seat was waited for",
            (await office.App.LoadAsync<Lead>(waiting.Id)).FollowUp?.Purpose);
        Assert.Equal(19_000, (await office.App.AllAsync<LedgerEntry>()).Sum(l => l.Amount.Rupees));
        var refused = await Assert.ThrowsAsync<Refusal>(() => office.App.EnrolAsync(waiting, office.User, office.Batch));
        Assert.Equal("CPC-2701 was cancelled. Choose another.", refused.Message);
        Assert.Contains("CPC-2701 was cancelled.", (await office.Staff.GetAsync(Page(office))).Text);
        Assert.Contains("Nobody has a seat any more.", (await office.Staff.GetAsync($"/batches/{office.Batch.Id}")).Text);
        Assert.True((await office.App.LoadAsync<Lead>(deepa.Id)).IsEnrolled);
    }

    [Fact]
    public async Task Whoever_is_moved_is_told_what_the_new_seat_replaces_and_why()
    {
        await using var office = await Office.OpenAsync(postgres, role: Roles.Manager);
        var (to, last) = (await office.App.AddBatchAsync(office.Course, code: "CPC-2702"),
            await office.App.AddBatchAsync(office.Course, code: "CPC-2703"));
        var (_, seat) = await office.EnrolAsync();
        await office.Staff.GetAsync(Page(office, to));

        await office.Staff.SubmitAsync(FormOf(office), new() { ["why"] = "Too few", ["byEmail"] = "true" });
        var moved = await office.App.LoadAsync<Enrolment>((await office.NowAsync(seat)).Left!.To!.Value);
        var told = await WrittenAsync(moved);
        await office.OnSeatAsync(moved, "transfer", ("batchId", last.Id.ToString()), ("why", "Evenings"), ("byEmail", "true"));
        var again = await WrittenAsync(await office.App.LoadAsync<Enrolment>((await office.NowAsync(moved)).Left!.To!.Value));

        Assert.Equal("CPC Preparation: your seat is in CPC-2702 now", told.Subject);
        Assert.Contains("We are sorry: CPC-2701 does not take place. Your seat is in CPC-2702 now", told.Body);
        Assert.Contains("instead of CPC-2701.", told.Body);
        Assert.Contains("Your roll number is CPC-2702-01; CPC-2701-01 counts no more.", told.Body);
        Assert.Contains("instead of CPC-2702.", again.Body);
        Assert.Contains("CPC-2702-01 counts no more.", again.Body);
        Assert.DoesNotContain("sorry", again.Body);
        // As it leaves it is written anew, and says the same.
        await using var session = office.App.Get<IDocumentStore>().QuerySession();
        var verdict = await office.App.Get<IMessageCheck>().JudgeAsync(again, session, default);
        Assert.Equal((again.Subject, again.Body), (verdict.Wording?.Subject, verdict.Wording?.Body));

        async Task<OutboxMessage> WrittenAsync(Enrolment of) => Assert.Single(await office.App.AllAsync<OutboxMessage>(),
            m => m.Kind == MessageKinds.EnrolmentLetter && m.TopicId == of.Id);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Everybody_is_written_to_or_is_to_be_called(bool letter)
    {
        await using var office = await Office.OpenAsync(postgres, role: Roles.Manager);
        var to = await office.App.AddBatchAsync(office.Course, seats: 2, code: "CPC-2702");
        var names = new[] { "Anjali Nair", "Binu George", "Chithra Das", "Deepa Raj", "Esha Nair" };
        List<Enrolment> seats = [];
        foreach (var name in names) seats.Add((await office.EnrolAsync(name)).Seat);
        async Task ChangeAsync(int i, Func<Person, PersonEvent> e) => await office.App.Get<PersonWriter>().ChangeAsync(
            seats[i].PersonId, office.App.Now(), p => [e(p)], default);
        await ChangeAsync(1, p => new EmailRemoved(p.Email!));
        await ChangeAsync(3, p => new EmailRemoved(p.Email!));
        await ChangeAsync(4, p => new EmailsStopped(p.Email!));
        await office.PayAsync(seats[2], 5_000);
        await office.App.DeliverAsync();
        await office.Staff.GetAsync(Page(office, to));
        office.App.Time.Advance(TimeSpan.FromMinutes(1));

        await office.Staff.SubmitAsync(FormOf(office), new() { ["why"] = "Too few", ["byEmail"] = letter ? "true" : "" });
        await office.App.DeliverAsync();

        var since = office.App.Clock.Now.AddSeconds(-1);
        var sent = (await office.App.AllAsync<OutboxMessage>()).Where(m => m.CreatedAt > since && m.ToApplicant).ToList();
        Assert.All(sent, m => Assert.Equal(MessageStatus.Sent, m.Status));
        Assert.Equal(letter ? ["Anjali Nair"] : [], sent.Where(m => m.Kind == MessageKinds.EnrolmentLetter).Select(m => m.ToName));
        var told = sent.Where(m => m.Kind == MessageKinds.BatchCancelled).OrderBy(m => m.ToName).ToList();
        Assert.Equal(["Chithra Das", "Esha Nair"], told.Select(m => m.ToName));
        Assert.Equal("CPC-2701 of CPC Preparation does not take place", told[0].Subject);
        Assert.Contains("₹5,000 that you have paid is due back to you. If you would like another seat", told[0].Body);
        Assert.Contains("You owe nothing for it.", told[1].Body);
        var calls = new List<string?>();
        foreach (var seat in seats) calls.Add((await office.App.LoadAsync<Lead>(seat.LeadId)).FollowUp?.Purpose);
        const string moved = "CPC-2701 was cancelled, in which they had a seat: it is in CPC-2702 now";
        Assert.Equal([letter ? null : moved, moved, null, "CPC-2701 was cancelled, in which they had a seat", null], calls);
        Assert.Contains("Deepa Raj", (await office.Staff.GetAsync("/today?everyone=true")).Text);
    }

    [Fact]
    public async Task What_has_changed_since_it_was_looked_at_is_looked_at_again()
    {
        await using var office = await Office.OpenAsync(postgres, role: Roles.Manager);
        var (_, anjali) = await office.EnrolAsync();
        await office.Staff.GetAsync(Page(office));
        var looked = office.Staff.Before(office.App.Host.Server.CreateHandler());
        await office.EnrolAsync("Binu George");

        var page = await looked.SubmitAsync(FormOf(office), new() { ["why"] = "Too few" });
        const string changed = "What would happen has changed since you looked. Look at it again, then send it.";
        Assert.Equal((HttpStatusCode.UnprocessableEntity, changed), (page.Status, page.One(FormOf(office) + " .problem").TextContent));
        Assert.True((await office.NowAsync(anjali)).IsCurrent);
        await looked.SubmitAsync(FormOf(office));

        Assert.Equal(0, (await office.BatchNowAsync()).SeatsTaken);
        Assert.All(await office.App.AllAsync<Enrolment>(), s => Assert.False(s.IsCurrent));
    }

    [Fact]
    public async Task Whoever_has_an_open_offer_in_it_is_to_be_called_and_is_offered_nothing_any_more()
    {
        await using var before = await Office.OpenAsync(postgres, seats: 1, role: Roles.Manager);
        var office = before;
        List<Lead> leads = [];
        foreach (var name in new[] { "Anjali Nair", "Binu George", "Chithra Das", "Devi Raj" })
        {
            leads.Add(await office.App.AddLeadAsync(office.Course, name, $"{name[..4]}@mail.example"));
            await OfferAsync(office, leads[^1], open: name == "Chithra Das" ? 0 : 7);
        }
        office.App.Time.Advance(TimeSpan.FromDays(1));
        using var staff = await office.App.SignInAsync(office.User);
        office = before with { Staff = staff };
        await office.EnrolAsync("Esha Nair");
        await office.OnLeadAsync(leads[1], "waits", ("batchId", office.Batch.Id.ToString()));
        await office.Staff.GetAsync(Page(office));
        await office.App.ChangeAsync(leads[3], l => LeadRules.Lose(l, LostReason.Fee, null));

        var stale = await office.Staff.SubmitAsync(FormOf(office), new() { ["why"] = "Too few" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, stale.Status);
        Assert.Contains("To be called: 1 on the list, 1 with an open offer.", stale.One(FormOf(office)).TextContent);
        await office.Staff.SubmitAsync(FormOf(office));
        await office.App.DeliverAsync();

        var calls = new List<string?>();
        foreach (var lead in leads) calls.Add((await office.App.LoadAsync<Lead>(lead.Id)).FollowUp?.Purpose);
        const string was = "CPC-2701 was cancelled";
        Assert.Equal([$"{was}, in which a seat was offered", $"{was}, for which a seat was waited for", null, null], calls);
        var mail = (await office.App.AllAsync<OutboxMessage>()).Where(m => m.Kind == MessageKinds.Offer).ToList();
        Assert.Equal(4, mail.Count(m => m.Status == MessageStatus.Cancelled));
        Assert.Equal(2, mail.Count(m => m.Error == "The batch was cancelled."));
        var page = await office.Staff.GetAsync($"/leads/{leads[0].Id}");
        Assert.Contains("Offer, the batch was cancelled", page.Texts("dt").Select(t => t.Trim()));
    }

    // Else it would be open in a batch that does not take place, and nobody would be called.
    [Fact]
    public async Task An_offer_made_at_the_same_moment_waits_for_the_cancellation_and_is_refused()
    {
        await using var office = await Office.OpenAsync(postgres, role: Roles.Manager);
        var lead = await office.App.AddLeadAsync(office.Course, "Anjali Nair", "anjali@mail.example");
        await using var cancelling = office.App.Store.LightweightSession();
        var batch = (await cancelling.LockAsync<Batch>(office.Batch.Id, default))!;

        var offering = OfferAsync(office, lead, open: 7);
        await Task.WhenAny(offering, Task.Delay(TimeSpan.FromMilliseconds(500)));
        batch.Cancelled = new Cancellation("Beena Thomas", office.App.Clock.Now, "Too few");
        cancelling.Store(batch);
        await cancelling.SaveChangesAsync();

        Assert.Equal("CPC-2701 was cancelled. Choose another.", (await Assert.ThrowsAsync<Refusal>(() => offering)).Message);
        Assert.Null((await office.App.LoadAsync<Lead>(lead.Id)).Offer);
    }

    private static Task OfferAsync(Office office, Lead lead, int open) => office.App.ActAsync<MakeOffer>(lead.Id, office.User,
        ("batchId", office.Batch.Id.ToString()), ("discount", "0"), ("byEmail", "true"),
        ("validUntil", office.App.Clock.Today.AddDays(open).ToString("yyyy-MM-dd")));

    [Fact]
    public async Task Seats_are_not_cut_below_taken_and_held_and_new_ones_go_to_who_waits()
    {
        await using var office = await Office.OpenAsync(postgres, seats: 2, role: Roles.Manager);
        var (_, seat) = await office.EnrolAsync();
        await office.EnrolAsync("Binu George");
        foreach (var name in new[] { "Devi Raj", "Esha Nair" })
        {
            var lead = await office.App.AddLeadAsync(office.Course, name, null);
            await office.OnLeadAsync(lead, "waits", ("batchId", office.Batch.Id.ToString()));
        }
        await office.OnSeatAsync(seat, "withdrawal", ("why", "Moving"));
        async Task<WebPage> SeatsAsync(int seats)
        {
            await office.Staff.GetAsync($"/batches/{office.Batch.Id}");
            return await office.Staff.SubmitAsync($"form[action='/batches/{office.Batch.Id}']", new() { ["seats"] = $"{seats}" });
        }

        Assert.Equal("1 seat is taken already, and 1 is held. Leave 2, or move or withdraw somebody first.",
            (await SeatsAsync(1)).ErrorOf("seats"));
        var page = await SeatsAsync(3);

        Assert.All((await office.BatchNowAsync()).Waitlist, w => Assert.True(w.HoldsAt(office.App.Clock.Now)));
        Assert.Equal("1 of 3 seats, 2 held", page.One("section[aria-label=Students] .total").TextContent);
        Assert.Contains("1/3", (await office.Staff.GetAsync("/batches")).Text);
    }

    [Fact]
    public async Task Somebody_is_put_first_by_hand()
    {
        await using var office = await Office.OpenAsync(postgres, seats: 1, role: Roles.Manager);
        var (_, seat) = await office.EnrolAsync();
        List<Lead> leads = [];
        foreach (var name in new[] { "Devi Raj", "Esha Nair" })
        {
            leads.Add(await office.App.AddLeadAsync(office.Course, name));
            await office.OnLeadAsync(leads[^1], "waits", ("batchId", office.Batch.Id.ToString()));
        }
        await office.Staff.GetAsync($"/batches/{office.Batch.Id}");

        var form = $"form[action='/batches/{office.Batch.Id}/waits/{leads[1].Id}']";
        var page = await office.Staff.SubmitAsync(form, new() { ["priority"] = "9" });
        Assert.Equal(["Esha Nair", "Devi Raj"], page.Texts("#waiting td.who a"));
        await office.OnSeatAsync(seat, "withdrawal", ("why", "Moving"));

        Assert.Equal(leads[1].Id, Assert.Single((await office.BatchNowAsync()).Waitlist, w => w.HoldsAt(office.App.Clock.Now)).LeadId);
    }

    [Fact]
    public async Task Two_managers_who_add_one_code_at_once_make_one_batch()
    {
        await using var office = await Office.OpenAsync(postgres, role: Roles.Manager);
        await office.Staff.GetAsync("/batches");
        var form = office.Staff.Page.One("form[action='/batches']").QuerySelectorAll("input[type=hidden]")
            .ToDictionary(i => i.GetAttribute("name")!, i => i.GetAttribute("value")!);

        var pages = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => office.Staff.Before(office.App.Host.Server.CreateHandler())
            .PostAsync("/batches", new(form)
            {
                ["formId"] = Guid.NewGuid().ToString(),
                ["courseId"] = office.Course.Id.ToString(),
                ["code"] = "cpc-2712",
                ["startsOn"] = "2027-01-04",
                ["schedule"] = "Sat",
                ["mode"] = "Online",
                ["seats"] = "12",
            })));

        Assert.Single(pages, p => p.Status == HttpStatusCode.OK);
        Assert.All(pages.Where(p => p.Status != HttpStatusCode.OK), p => Assert.Equal("This code is taken.", p.ErrorOf("code")));
        var batch = Assert.Single(await office.App.AllAsync<Batch>(), b => b.Code == "CPC-2712");
        Assert.Equal(new DateOnly(2027, 5, 23), batch.EndsOn);
    }

    [Fact]
    public async Task The_rules_are_the_institutes()
    {
        await using var office = await Office.OpenAsync(postgres, role: Roles.Manager);
        await office.Staff.GetAsync("/institute/batches");
        var refused = await office.Staff.SubmitAsync("form[action='/institute/batches']",
            new() { ["refundLength"] = "101", ["refundSpan"] = "PercentOfTheTime", ["holdHours"] = "0" });
        Assert.Equal(["There are no more than 100 per cent of the time.", "Enter the hours, from 1 to 720."],
            [refused.ErrorOf("refundLength"), refused.ErrorOf("holdHours")]);
        await office.Staff.SubmitAsync("form[action='/institute/batches']",
            new() { ["refundLength"] = "25", ["holdHours"] = "24", ["refundPercent"] = "80", ["certificatePercent"] = "90" });
        var profile = office.App.Get<CurrentInstitute>().Profile;
        Assert.Equal((new RefundPolicy(80, 25, RefundSpan.PercentOfTheTime), 24, 90),
            (profile.Refunds, profile.HoldHours, profile.CertificatePercent));
    }
}
