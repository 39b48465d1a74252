using Crm.Accounts;
using Crm.Courses;
using Crm.Enrolments;
using Crm.Fees;
using Crm.Institute;
using Crm.Reports;
using Crm.Seats;
using Npgsql;

namespace Crm.Tests.Enrolments;

/// <summary>A payment of an earlier seat that turns out to have never been, when the seat to which its money went along was given up.
/// </summary>
public sealed class MovedAndGivenUpTests(TestPostgres postgres)
{
    public enum End { Withdrawn, Cancelled }

    [Theory]
    [InlineData(End.Withdrawn, 1)]
    [InlineData(End.Withdrawn, 2)]
    [InlineData(End.Cancelled, 1)]
    public async Task It_is_not_owed_and_what_was_due_back_stays_due(End end, int moves)
    {
        await using var office = await Office.OpenAsync(postgres, role: Roles.Manager);
        var (_, first) = await office.EnrolAsync(instalments: 3);
        foreach (var rupees in new[] { 14_000m, 9_000m }) await office.PayAsync(first, rupees);
        var last = first;
        for (var i = 0; i < moves; i++) last = await MoveAsync(office, last, $"B{i}");
        await office.PayAsync(last, 2_000);
        await GiveUpAsync(office, last, end);
        var due = (await office.NowAsync(last)).Credit;
        var kept = 25_000 - due.Rupees;
        var wrong = (await office.NowAsync(first)).Payments[1];

        var asked = await office.OnSeatAsync(
            first, "reversals", ("entryId", $"{wrong.Id}"), ("kind", "RecordedByMistake"), ("why", "Typed twice"));
        Assert.Equal($"{office.App.Get<CurrentInstitute>().Show(due)} was due back, counted with this payment. That stays, and less of the "
            + "fee is kept. If that is right, send it again.", asked.ErrorOf("entryId"));
        await office.Staff.SubmitAsync($"form[action='/enrolments/{first.Id}/reversals']");

        var now = await office.NowAsync(last);
        var less = Math.Min(9_000, kept);
        Assert.Equal((kept - less, due.Rupees - (9_000 - less), 16_000, null),
            (now.Net.Rupees, now.Credit.Rupees, now.Received.Rupees, now.DueOn));
        Assert.Equal((0, 0), ((await office.NowAsync(first)).Balance.Rupees, (await office.NowAsync(first)).Kept.Rupees));
        Assert.Equal(now.Net, now.Instalments.Aggregate(Money.Zero, (sum, i) => sum + i.Amount));
        Assert.Contains("Nobody owes anything", (await office.Staff.GetAsync("/dues")).Text);
        await using var session = office.App.Store.QuerySession();
        var today = office.App.Clock.Today;
        var report = await FeeReport.LoadAsync(office.App.Get<NpgsqlDataSource>(), session, today, today, today, default);
        Assert.Equal((now.Net, now.Credit, Money.Zero), (report.AllBatches.Agreed, report.Credit, report.Owed.Owed));
        Assert.Equal(16_000, (await office.App.AllAsync<LedgerEntry>()).Sum(l => l.Amount.Rupees));
    }

    private static async Task<Enrolment> MoveAsync(Office office, Enrolment from, string code)
    {
        var to = await office.App.AddBatchAsync(office.Course, code: code);
        await office.OnSeatAsync(from, "transfer", ("batchId", to.Id.ToString()), ("why", "Evenings"));
        return await office.App.LoadAsync<Enrolment>((await office.NowAsync(from)).Left!.To!.Value);
    }

    private static async Task GiveUpAsync(Office office, Enrolment seat, End end)
    {
        if (end == End.Withdrawn)
        {
            await office.OnSeatAsync(seat, "withdrawal", ("why", "Moving"), ("refund", "10000"), ("because", "As agreed"));
            return;
        }
        await using var session = office.App.Store.QuerySession();
        var plan = await office.App.Get<CancelBatch>().PlanAsync(session, seat.BatchId, null, default);
        await office.App.Get<CancelBatch>().CarryOutAsync(
            seat.BatchId, null, "Too few", false, plan!.Seen, new Crm.Web.Form(), office.App.Now(), default);
    }

    [Fact]
    public async Task Where_all_of_it_was_given_back_already_it_is_no_mistake_and_a_cheque_that_bounced_is_owed()
    {
        await using var office = await Office.OpenAsync(postgres, role: Roles.Manager);
        var (_, first) = await office.EnrolAsync();
        await office.PayAsync(first, 9_000, "Cheque", "004211");
        var last = await MoveAsync(office, first, "B");
        await GiveUpAsync(office, last, End.Cancelled);
        await office.AgreeOnSeatAsync(last, "refunds", ("way", "Cash"), ("why", "As said"));
        var cheque = (await office.NowAsync(first)).Payments[0];

        var page = await office.ReverseAsync(first, cheque.Id);
        Assert.Equal("₹9,000 was given back, more than would have come in without this payment.", page.ErrorOf("entryId"));
        await office.ReverseAsync(first, cheque.Id, "ChequeBounced");

        Assert.Equal((9_000, 9_000), ((await office.NowAsync(last)).Balance.Rupees, (await office.NowAsync(last)).Overdrawn.Rupees));
    }
}
