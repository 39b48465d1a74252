using System.Net;
using Crm.Accounts;
using Crm.Correspondence;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Crm.Seats;
using CsCheck;
using MimeKit;

namespace Crm.Tests.Correspondence;

/// <summary>Asking for what is owed: on the institute's days, once, and never for what is not owed when the email leaves.</summary>
public sealed class FeeReminderTests(TestPostgres postgres)
{
    private static readonly DateOnly Monday = new(2026, 11, 23);

    private sealed record Office(TestApp App, User User, Lead Lead, Enrolment Seat) : IAsyncDisposable
    {
        public required Browser Staff { get; set; }

        /// <summary>Days later, when staff sign in anew.</summary>
        public async Task WaitAsync(double days)
        {
            App.Time.Advance(TimeSpan.FromDays(days));
            Staff.Dispose();
            Staff = await App.SignInAsync(User);
        }

        public Task SweepAsync() => App.Get<FeeReminders>().SweepAsync(default);

        public async Task<IReadOnlyList<OutboxMessage>> RemindersAsync() =>
            [.. (await App.AllAsync<OutboxMessage>()).Where(m => m.Kind == MessageKinds.FeeReminder).OrderBy(m => m.CreatedAt)];

        public async Task<WebPage> SendAsync(string act, params (string Field, string Value)[] typed)
        {
            await Staff.GetAsync($"/leads/{Lead.Id}");
            return await Staff.SubmitAsync($"form[action='/enrolments/{Seat.Id}/{act}']", typed.ToDictionary(t => t.Field, t => t.Value));
        }

        public Task PayAsync(int rupees) => SendAsync("payments", ("amount", $"{rupees}"), ("way", "Cash"));

        public Task TellAsync(params PersonEvent[] events) =>
            App.Get<PersonWriter>().ChangeAsync(Seat.PersonId, App.Now(), _ => events, default);

        public async ValueTask DisposeAsync()
        {
            Staff.Dispose();
            await App.DisposeAsync();
        }
    }

    /// <summary>Somebody who owes 42,000, and staff that stays signed in.</summary>
    private async Task<Office> OpenAsync(string dueOn, int instalments = 1, string role = Roles.Counsellor)
    {
        var app = await TestApp.StartAsync(postgres);
        var user = await app.AddUserAsync("Divya Menon", role);
        var course = await app.AddCourseAsync();
        var lead = await app.AddLeadAsync(course);
        var seat = await app.EnrolAsync(lead, user, await app.AddBatchAsync(course), instalments, from: dueOn);
        return new Office(app, user, lead, seat) { Staff = await app.SignInAsync(user) };
    }

    private static async Task<string> TextAsync(OutboxMessage message)
    {
        using var mime = await MimeMessage.LoadAsync(message.File!);
        return mime.TextBody ?? "";
    }

    [Theory]
    [InlineData("3 before, 0, 3 and 7 after", "3 before, 0, 3 after, 7 after")]
    [InlineData("-3 0 7", null)]
    [InlineData("-3, 0, 7", "3 before, 0, 7 after")]
    [InlineData("7 and 3 days before, on the day", null)]
    [InlineData("7 and 3 days before; 0; 5", "7 before, 3 before, 0, 5 after")]
    [InlineData("൩ after, 3 after", "3 after")]
    [InlineData("91 after", null)]
    [InlineData("soon", null)]
    [InlineData("", "")]
    public void Days_are_read_as_people_write_them(string typed, string? read)
    {
        var (days, problem) = ReminderDays.Read(typed);

        Assert.Equal(read, problem is null ? ReminderDays.Write(days) : null);
        if (problem is null) Assert.Equal((days, null), ReminderDays.Read(ReminderDays.Write(days)), Same);
    }

    private static bool Same((IReadOnlyList<int>, string?) one, (IReadOnlyList<int>, string?) other) =>
        one.Item1.SequenceEqual(other.Item1) && one.Item2 == other.Item2;

    // Days on which a sweep runs, which it may do several times or not at all; what is paid on the way settles the oldest first.
    [Fact]
    public void Whenever_the_sweep_runs_each_instalment_is_asked_for_once_on_a_day_and_no_more_when_it_is_paid() =>
        Gen.Select(Gen.Int[0, 120].Array[0, 60], Gen.Int[-20, 40].Array[1, 5], Gen.Int[1, 5], Gen.Int[0, 110]).Sample((sweeps, days, parts,
            paidOn) =>
        {
            var seat = new Enrolment
            {
                Id = Guid.NewGuid(),
                Fee = Money.FromRupees(parts * 1000),
                Instalments =
                [.. Enumerable.Range(0, parts).Select(i => new Instalment(Monday.AddDays(30 * i), Money.FromRupees(1000)))]
            };
            var written = new List<(DateOnly On, DueReminder Reminder)>();
            foreach (var today in sweeps.Order().Select(Monday.AddDays))
            {
                var paid = today >= Monday.AddDays(paidOn);
                if (paid) seat.Payments =
                    [new Payment(Guid.NewGuid(), "R", Money.FromRupees(1000), PaymentWay.Cash, "", today, default, "")];
                var next = DueReminder.Next(seat, days, written.Select(w => w.Reminder), Monday.AddDays(-5), today);
                if (next is null) continue;
                Assert.InRange(today.DayNumber - next.Day.DayNumber, 0, DueReminder.TooLate);
                Assert.True(next.Day >= Monday.AddDays(-5));
                Assert.Null(next.WhyPointless(seat, days));
                if (paid) Assert.NotEqual(Monday, next.DueOn);
                written.Add((today, next));
            }
            Assert.Equal(written.Count, written.DistinctBy(w => w.Reminder.Id).Count());
            Assert.Equal(written.Count, written.DistinctBy(w => w.On).Count());
            Assert.Equal(written.Select(w => w.Reminder.Day).Order(), written.Select(w => w.Reminder.Day));
        }, iter: 2_000);

    [Fact]
    public void What_was_given_back_of_a_cheque_that_bounced_is_not_called_fee()
    {
        var institute = new CurrentInstitute(new InstituteProfile());
        var seat = new Enrolment { CourseName = "CPC Preparation", RollNumber = "CPC-2701-01" };
        var back = new InstalmentState(null, new Instalment(Monday, Money.FromRupees(1_000)), Money.Zero);
        var fee = new InstalmentState(1, new Instalment(Monday.AddDays(1), Money.FromRupees(42_000)), Money.Zero);

        var (only, both) = (new OwedParts([back], Monday.AddDays(1)), new OwedParts([back, fee], Monday.AddDays(1)));

        Assert.Equal($"₹1,000 for CPC Preparation (roll number CPC-2701-01), which was given back to you though the bank did not pay your "
            + $"cheque, was due on {Format.Date(Monday)}.", only.Sentence(institute, seat));
        Assert.Equal($"₹43,000 for CPC Preparation (roll number CPC-2701-01) is to be paid:\n₹1,000, which was given back to "
            + $"you though the bank did not pay your cheque, was due on {Format.Date(Monday)},\n"
            + $"₹42,000 is due today, {Format.Date(Monday.AddDays(1))}.",
            both.Sentence(institute, seat));
        Assert.DoesNotContain("fee", only.Heading(institute) + both.Heading(institute), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Three_days_before_on_the_day_and_after_it_one_email_asks_for_what_is_owed_when_it_leaves()
    {
        await using var office = await OpenAsync("2026-11-26");
        var app = office.App;
        // Two processes, and each of them twice.
        await using var other = await app.StartAnotherAsync();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => (i % 2 == 0 ? app : other).Get<FeeReminders>().SweepAsync(default)));
        Assert.Contains("Email queued", (await office.Staff.GetAsync("/dues")).One("td[data-label=Reminded]").TextContent);
        await app.DeliverAsync();

        var first = Assert.Single(await office.RemindersAsync());
        Assert.Equal((MessageStatus.Sent, "₹42,000 is due on 26 Nov 2026", "anjali@mail.example"), (first.Status, first.Subject, first.To));
        Assert.Contains("₹42,000 of your fee for CPC Preparation (roll number CPC-2701-01) is due on 26 Nov 2026.", await TextAsync(first));
        var dues = await office.Staff.GetAsync("/dues");
        Assert.Contains("Email kept as a file", dues.One("td[data-label=Reminded]").TextContent);
        Assert.Contains("Fee reminder kept as a file", (await office.Staff.GetAsync($"/leads/{office.Lead.Id}")).Texts(".timeline .what"));

        // Part of it is paid between the writing and the leaving.
        await office.WaitAsync(3);
        await office.SweepAsync();
        await office.PayAsync(20_000);
        await app.DeliverAsync();
        var onTheDay = (await office.RemindersAsync())[^1];
        Assert.Equal((MessageStatus.Sent, "₹22,000 is due today, 26 Nov 2026"), (onTheDay.Status, onTheDay.Subject));

        // Nobody sweeps for eight days: the third and the seventh day after pass, and one email goes.
        await office.WaitAsync(8);
        await office.SweepAsync();
        await office.SweepAsync();
        await app.DeliverAsync();
        Assert.Equal(3, (await office.RemindersAsync()).Count);
        Assert.Equal("₹22,000 was due on 26 Nov 2026", (await office.RemindersAsync())[^1].Subject);
        await office.WaitAsync(3);
        await office.SweepAsync();
        Assert.Equal(3, (await office.RemindersAsync()).Count);
    }

    [Fact]
    public async Task What_was_paid_or_put_off_before_it_leaves_is_not_asked_for_and_what_is_owed_again_is()
    {
        await using var office = await OpenAsync("2026-11-23", instalments: 2);
        var app = office.App;
        await office.SweepAsync();
        await office.PayAsync(21_000);
        Assert.Equal([(MessageStatus.Cancelled, "It is paid.")], (await office.RemindersAsync()).Select(m => (m.Status, m.Error)));

        // One that a process had claimed when the payment came is asked about when it leaves.
        await office.WaitAsync(27);
        await office.SweepAsync();
        var claimed = (await office.RemindersAsync())[^1];
        await app.ChangeMessageAsync(claimed,
            m => (m.Status, m.Claim, m.ClaimedAt) = (MessageStatus.Sending, Guid.NewGuid(), app.Clock.Now));
        await office.PayAsync(21_000);
        app.Time.Advance(app.Lease + TimeSpan.FromSeconds(1));
        await app.DeliverAsync();
        var left = (await office.RemindersAsync())[^1];
        Assert.Equal((MessageStatus.Cancelled, "It is paid."), (left.Status, left.Error));

        // The payment was a mistake: on the next of the days it is asked for again.
        var payment = (await app.LoadAsync<Enrolment>(office.Seat.Id)).Payments[^1];
        await office.SendAsync("reversals", ("entryId", payment.Id.ToString()), ("kind", "RecordedByMistake"), ("why", "another seat"));
        await office.WaitAsync(3);
        await office.SweepAsync();
        await office.SendAsync("instalments", ("instalments", "2026-11-23, 21000\n2027-01-10, 21000"), ("why", "salary day"));
        Assert.Equal("The instalments were changed.", (await office.RemindersAsync())[^1].Error);
        await office.WaitAsync(15);
        await office.SweepAsync();
        await app.DeliverAsync();
        var last = (await office.RemindersAsync())[^1];
        Assert.Equal((MessageStatus.Sent, "₹21,000 is due on 10 Jan 2027"), (last.Status, last.Subject));
    }

    [Fact]
    public async Task Of_several_open_instalments_one_email_names_each_and_a_queue_that_stood_still_sends_the_last()
    {
        await using var office = await OpenAsync("2026-11-23", instalments: 3);
        var profile = await office.App.LoadAsync<InstituteProfile>(InstituteProfile.TheOne);
        profile.UpiPayee = "periyar@bank";
        await office.App.StoreAsync(profile);
        await office.App.Get<CurrentInstitute>().RefreshAsync(default, now: true);
        await office.SweepAsync();
        await office.WaitAsync(27);
        await office.SweepAsync();
        await office.App.DeliverAsync();

        var reminders = await office.RemindersAsync();
        Assert.Equal([(MessageStatus.Cancelled, "A later reminder has taken its place."), (MessageStatus.Sent, null)],
            reminders.Select(m => (m.Status, m.Error)));
        Assert.Equal("₹28,000 of your fee by 23 Dec 2026", reminders[1].Subject);
        Assert.Contains("₹28,000 of your fee for CPC Preparation (roll number CPC-2701-01) is to be paid:\n"
            + "₹14,000 was due on 23 Nov 2026,\n"
            + "₹14,000 is due on 23 Dec 2026.", (await TextAsync(reminders[1])).ReplaceLineEndings("\n"));
        // The QR asks for what the email asks for.
        using var mime = await MimeMessage.LoadAsync(reminders[1].File!);
        Assert.Equal(("pay-CPC-2701-01.png", "image/png"),
            (Assert.Single(mime.Attachments.OfType<MimePart>()).FileName, mime.Attachments.Single().ContentType.MimeType));
        Assert.Contains($"periyar@bank with the note {PaymentReference.Of(office.Seat.Id)}", mime.TextBody);
    }

    [Fact]
    public async Task Nobody_is_written_to_at_night_nor_at_an_address_that_is_stopped_bounced_or_not_confirmed()
    {
        await using var office = await OpenAsync("2026-11-26");
        office.App.Time.Advance(TimeSpan.FromHours(10.1)); // 20:06
        await office.SweepAsync();
        Assert.Empty(await office.RemindersAsync());
        await office.WaitAsync(14 / 24.0);
        var address = EmailAddress.FromStored("anjali@mail.example");

        await office.TellAsync(new EmailBounced(address, "no such user"));
        await office.SweepAsync();
        await office.TellAsync(new EmailAdded(EmailAddress.FromStored("given@mail.example"), Standing.Unconfirmed));
        await office.SweepAsync();
        await office.TellAsync(new EmailAccepted(address), new EmailsStopped(address));
        await office.SweepAsync();
        Assert.Empty(await office.RemindersAsync());
        Assert.Contains("not yet", (await office.Staff.GetAsync("/dues")).One("td[data-label=Reminded]").TextContent);

        await office.TellAsync(new EmailsAgreedAgain(address, Standing.Confirmed));
        await office.SweepAsync();
        await office.TellAsync(new EmailsStopped(address));
        await office.App.DeliverAsync();
        Assert.Equal(MessageStatus.Cancelled, Assert.Single(await office.RemindersAsync()).Status);
    }

    [Fact]
    public async Task A_manager_says_on_which_days_and_with_none_nobody_is_reminded()
    {
        await using var office = await OpenAsync("2026-11-26", role: Roles.Manager);
        async Task<WebPage> SetAsync(string days)
        {
            await office.Staff.GetAsync("/institute");
            return await office.Staff.SubmitAsync("form[action='/institute']", new() { ["reminderDays"] = days });
        }

        var refused = await SetAsync("on Fridays");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains("“on fridays” is not.", refused.ErrorOf("reminderDays"));
        await SetAsync("");
        await office.SweepAsync();
        Assert.Empty(await office.RemindersAsync());

        var saved = await SetAsync("5 and 3 before");
        Assert.Equal("5 before, 3 before", saved.One("[name=reminderDays]").GetAttribute("value"));
        await office.SweepAsync();
        await SetAsync("1 before");
        await office.App.DeliverAsync();
        Assert.Equal("The institute does not remind on this day any more.", Assert.Single(await office.RemindersAsync()).Error);
    }

    [Fact]
    public async Task Staff_note_how_they_reminded_somebody_and_only_while_something_is_owed()
    {
        await using var office = await OpenAsync("2026-11-20");
        await office.Staff.GetAsync("/dues");
        var form = $"form[action='/enrolments/{office.Seat.Id}/reminders']";

        var page = await office.Staff.SubmitAsync(form, new() { ["way"] = "WhatsApp" });

        Assert.Contains("WhatsApp, Divya Menon", page.One("td[data-label=Reminded]").TextContent);
        Assert.Contains("Reminded of ₹42,000", (await office.Staff.GetAsync($"/leads/{office.Lead.Id}")).Texts(".timeline .what"));
        await office.Staff.GetAsync("/dues");
        using var open = office.App.Browse(office.Staff);
        await open.GetAsync("/dues");
        await office.PayAsync(42_000);
        page = await open.SubmitAsync(form, new() { ["way"] = "Call" });
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "Nothing is owed for CPC-2701-01 any more."),
            (page.Status, page.One(".problem").TextContent));
    }
}
