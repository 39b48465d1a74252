using Crm.Institute;
using Crm.Leads;
using Crm.Web;

namespace Crm.Tests;

/// <summary>What the rules decide about a lead and what its events make of it, without a database.</summary>
public sealed class LeadRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 4, 30, 0, TimeSpan.Zero);
    private static readonly DateOnly Today = new(2026, 11, 23);
    private static readonly Actor By = new(Guid.NewGuid(), "Divya Menon", Now);
    private static readonly Offer Fair = new(Guid.NewGuid(), "CPC-2701", 42_000, 2_000, Today.AddDays(7));
    private static readonly LeadEnrolled Enrolled = new(Now, "Divya Menon", Guid.NewGuid(), Fair.BatchId, Fair.BatchCode, "CPC-2701-01", 40_000);

    private static Lead NewLead(params object[] then) => After(Lead.Create(new LeadReceived(
        Now.AddDays(-3), "Applicant", "L-234567", "Anjali Nair", "+919847012345", "anjali@mail.example", Guid.NewGuid(), "CPC", PreferredTime.Anytime, LeadSource.Direct, "Agreed", null)), then);

    private static Lead After(Lead lead, IEnumerable<object> events)
    {
        foreach (var e in events) ((dynamic)lead).Apply((dynamic)e);
        return lead;
    }

    private static StageChanged To(LeadStage stage, int daysAgo = 1) => new(Now.AddDays(-daysAgo), "Divya Menon", LeadStage.New, stage);
    private static LeadLost Lost(int daysAgo = 1) => new(Now.AddDays(-daysAgo), "Divya Menon", LostReason.Fee, null);
    private static FollowUpScheduled Due(DateTimeOffset at) => new(Now.AddDays(-1), "Divya Menon", Guid.NewGuid(), at, "Call");

    private static void Refused(string field, string message, Func<IReadOnlyList<object>> decide)
    {
        var refusal = Assert.Throws<Refusal>(decide);

        Assert.Equal((field, message), (refusal.Field, refusal.Message));
    }

    [Theory]
    [InlineData(LeadStage.New, ContactOutcome.Connected, LeadStage.Contacted)]
    [InlineData(LeadStage.New, ContactOutcome.NoAnswer, LeadStage.New)]
    [InlineData(LeadStage.New, ContactOutcome.WrongNumber, LeadStage.New)]
    [InlineData(LeadStage.Counselled, ContactOutcome.Connected, LeadStage.Counselled)]
    [InlineData(LeadStage.Lost, ContactOutcome.Connected, LeadStage.Lost)]
    public void Only_a_conversation_takes_a_new_lead_to_contacted(LeadStage from, ContactOutcome outcome, LeadStage to)
    {
        var lead = from == LeadStage.New ? NewLead() : from == LeadStage.Lost ? NewLead(Lost()) : NewLead(To(from));

        var events = LeadRules.LogContact(lead, By, ContactChannel.Call, outcome, "  Asked about fees ");

        Assert.Equal(new ContactLogged(Now, "Divya Menon", ContactChannel.Call, outcome, "Asked about fees"), events[0]);
        Assert.Equal(to, After(lead, events).Stage);
        Assert.Equal((1, Now), (lead.ContactAttempts, lead.LastActivityAt));
    }

    [Theory]
    [InlineData(-48, ContactOutcome.Connected, true)]
    [InlineData(12, ContactOutcome.Connected, true)]
    [InlineData(13, ContactOutcome.Connected, false)]
    [InlineData(-48, ContactOutcome.Busy, false)]
    public void A_conversation_completes_the_follow_up_that_was_due(int dueInHours, ContactOutcome outcome, bool done)
    {
        var due = Due(Now.AddHours(dueInHours));
        var lead = NewLead(due);

        var events = LeadRules.LogContact(lead, By, ContactChannel.Call, outcome, null);

        Assert.Equal(done, events.Contains(new FollowUpDone(Now, "Divya Menon", due.FollowUpId, null)));
        After(lead, events);
        Assert.Equal((done, done), (lead.FollowUp is null, lead.FollowUpDueAt is null));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(" \n ")]
    public void A_note_needs_words(string? text) => Refused("text", "Write the note first.", () => LeadRules.AddNote(NewLead(), By, text));

    [Fact]
    public void A_note_is_kept_without_the_space_around_it() =>
        Assert.Equal([new NoteAdded(Now, "Divya Menon", "Wants evenings")], LeadRules.AddNote(NewLead(), By, " Wants evenings\n"));

    [Fact]
    public void A_follow_up_lies_ahead_and_within_a_year()
    {
        Refused("date", "Choose a time still to come.", () => LeadRules.Schedule(NewLead(), By, Guid.NewGuid(), Now, null));
        Refused("date", "Choose a day within the next year.", () => LeadRules.Schedule(NewLead(), By, Guid.NewGuid(), Now.AddYears(1).AddMinutes(1), null));

        Assert.Single(LeadRules.Schedule(NewLead(), By, Guid.NewGuid(), Now.AddMinutes(1), null));
        Assert.Single(LeadRules.Schedule(NewLead(), By, Guid.NewGuid(), Now.AddYears(1), null));
    }

    [Fact]
    public void A_follow_up_is_for_open_leads_only()
    {
        Refused("", "Anjali Nair is lost: reopen the lead before planning a follow-up.", () => LeadRules.Schedule(NewLead(Lost()), By, Guid.NewGuid(), Now.AddDays(1), null));
        Refused("", "Anjali Nair is enrolled: reopen the lead before planning a follow-up.", () => LeadRules.Schedule(NewLead(Enrolled), By, Guid.NewGuid(), Now.AddDays(1), null));
    }

    [Fact]
    public void A_second_follow_up_takes_the_place_of_the_first()
    {
        var (first, second) = (Due(Now.AddDays(1)), Guid.NewGuid());
        var lead = NewLead(first);

        var events = LeadRules.Schedule(lead, By, second, Now.AddDays(2), " ");

        Assert.Equal([new FollowUpCancelled(Now, "Divya Menon", first.FollowUpId, "Rescheduled"), new FollowUpScheduled(Now, "Divya Menon", second, Now.AddDays(2), "Call")], events);
        Assert.Equal(new FollowUp(second, Now.AddDays(2), "Call"), After(lead, events).FollowUp);
        Assert.Equal(Now.AddDays(2), lead.FollowUpDueAt);
    }

    [Fact]
    public void A_follow_up_is_done_once()
    {
        var lead = NewLead(Due(Now.AddDays(-1)));

        var events = LeadRules.CompleteFollowUp(lead, By, "Will visit");

        Assert.Equal("Will visit", Assert.IsType<FollowUpDone>(Assert.Single(events)).Outcome);
        Refused("", "This follow-up was already done or rescheduled.", () => LeadRules.CompleteFollowUp(After(lead, events), By, null));
    }

    [Theory]
    [InlineData(LeadStage.Offered, "Make the offer on the lead's page: it needs a batch and a fee.")]
    [InlineData(LeadStage.Enrolled, "Enrol on the lead's page: it takes a seat in a batch.")]
    [InlineData(LeadStage.Lost, "Mark the lead lost on its page: it needs a reason.")]
    public void A_stage_that_needs_more_than_a_word_is_not_moved_to(LeadStage to, string message) =>
        Refused("stage", message, () => LeadRules.MoveTo(NewLead(), By, to));

    [Fact]
    public void A_closed_lead_is_not_moved()
    {
        Refused("stage", "Anjali Nair is lost: reopen the lead first.", () => LeadRules.MoveTo(NewLead(Lost()), By, LeadStage.Contacted));
        Refused("stage", "Anjali Nair is enrolled: reopen the lead first.", () => LeadRules.MoveTo(NewLead(Enrolled), By, LeadStage.Contacted));
    }

    [Fact]
    public void A_move_says_where_from_and_a_move_to_the_same_stage_says_nothing()
    {
        var lead = NewLead(To(LeadStage.Counselled));

        Assert.Equal([new StageChanged(Now, "Divya Menon", LeadStage.Counselled, LeadStage.Contacted)], LeadRules.MoveTo(lead, By, LeadStage.Contacted));
        Assert.Empty(LeadRules.MoveTo(lead, By, LeadStage.Counselled));
    }

    [Fact]
    public void A_lead_is_assigned_once_to_the_same_counsellor()
    {
        var counsellor = Guid.NewGuid();
        var lead = NewLead();

        var events = LeadRules.Assign(lead, By, counsellor, "Ravi Pillai");

        Assert.Equal([new LeadAssigned(Now, "Divya Menon", counsellor, "Ravi Pillai")], events);
        Assert.Empty(LeadRules.Assign(After(lead, events), By, counsellor, "Ravi Pillai"));
    }

    [Fact]
    public void An_offer_keeps_to_the_fee_the_calendar_and_open_leads()
    {
        Refused("discount", "A discount cannot be negative.", () => LeadRules.MakeOffer(NewLead(), By, Fair with { Discount = -1 }, Today));
        Refused("discount", "The discount cannot exceed the fee of ₹42,000.", () => LeadRules.MakeOffer(NewLead(), By, Fair with { Discount = 42_000.01m }, Today));
        Refused("validUntil", "Choose today or a later day.", () => LeadRules.MakeOffer(NewLead(), By, Fair with { ValidUntil = Today.AddDays(-1) }, Today));
        Refused("", "Anjali Nair is lost: reopen the lead before making an offer.", () => LeadRules.MakeOffer(NewLead(Lost()), By, Fair, Today));
        Refused("", "Anjali Nair is enrolled: reopen the lead before making an offer.", () => LeadRules.MakeOffer(NewLead(Enrolled), By, Fair, Today));

        var free = Fair with { Discount = 42_000, ValidUntil = Today };
        Assert.Equal([new OfferMade(Now, "Divya Menon", free)], LeadRules.MakeOffer(NewLead(), By, free, Today));
    }

    [Fact]
    public void Enrolling_ends_the_follow_up_and_happens_once()
    {
        var due = Due(Now.AddDays(1));
        var lead = NewLead(due);

        var events = LeadRules.Enrol(lead, By, Enrolled);

        Assert.Equal([new FollowUpCancelled(Now, "Divya Menon", due.FollowUpId, "Enrolled"), Enrolled], events);
        Assert.Equal((LeadStage.Enrolled, Enrolled.EnrolmentId, null), (After(lead, events).Stage, lead.EnrolmentId, lead.FollowUp));
        Refused("", "Anjali Nair already has a seat.", () => LeadRules.Enrol(lead, By, Enrolled));
    }

    [Fact]
    public void A_lost_lead_that_enrols_is_reopened_first()
    {
        var lead = NewLead(Lost());

        var events = LeadRules.Enrol(lead, By, Enrolled);

        Assert.Equal([new LeadReopened(Now, "Divya Menon", "Enrolled after all"), Enrolled], events);
        Assert.Equal((LeadStage.Enrolled, null, null), (After(lead, events).Stage, lead.LostReason, lead.LostAt));
    }

    [Fact]
    public void Losing_ends_the_follow_up_and_happens_to_open_leads()
    {
        var due = Due(Now.AddDays(1));
        var lead = NewLead(due);

        var events = LeadRules.Lose(lead, By, LostReason.Timing, " after exams ");

        Assert.Equal([new FollowUpCancelled(Now, "Divya Menon", due.FollowUpId, "Lost"), new LeadLost(Now, "Divya Menon", LostReason.Timing, "after exams")], events);
        Assert.Equal((LeadStage.Lost, LostReason.Timing, Now, null), (After(lead, events).Stage, lead.LostReason, lead.LostAt, lead.FollowUp));
        Refused("", "Anjali Nair is already lost.", () => LeadRules.Lose(lead, By, LostReason.Fee, null));
        Refused("", "Anjali Nair is already enrolled.", () => LeadRules.Lose(NewLead(Enrolled), By, LostReason.Fee, null));
    }

    [Fact]
    public void Only_a_lost_lead_is_reopened()
    {
        Refused("", "Anjali Nair is not lost.", () => LeadRules.Reopen(NewLead(), By, null));
        Refused("", "Anjali Nair is not lost.", () => LeadRules.Reopen(NewLead(Enrolled), By, null));
    }

    [Theory]
    [InlineData(false, LeadStage.New)]
    [InlineData(true, LeadStage.Contacted)]
    public void A_reopened_lead_stands_where_it_was_last_reached(bool contacted, LeadStage stage)
    {
        var lead = contacted ? NewLead(To(LeadStage.Counselled, 2), Lost()) : NewLead(Lost());

        var events = LeadRules.Reopen(lead, By, " ");

        Assert.Equal([new LeadReopened(Now, "Divya Menon", "Reopened")], events);
        Assert.Equal((stage, null, null), (After(lead, events).Stage, lead.LostReason, lead.LostAt));
        Assert.Equal(contacted, lead.CounselledAt is not null);
    }

    [Theory]
    [InlineData(LeadStage.New, 0)]
    [InlineData(LeadStage.Contacted, 1)]
    [InlineData(LeadStage.Counselled, 2)]
    [InlineData(LeadStage.Offered, 3)]
    [InlineData(LeadStage.Enrolled, 4)]
    public void A_stage_reached_has_passed_those_before_it(LeadStage stage, int passed)
    {
        var lead = NewLead(To(stage));

        DateTimeOffset?[] reached = [lead.ContactedAt, lead.CounselledAt, lead.OfferedAt, lead.EnrolledAt];
        Assert.Equal(Enumerable.Range(1, 4).Select(i => i <= passed ? Now.AddDays(-1) : (DateTimeOffset?)null), reached);
        Assert.Null(lead.LostAt);
    }

    [Fact]
    public void A_stage_keeps_the_moment_it_was_first_reached_and_losing_reaches_none()
    {
        var lead = NewLead(To(LeadStage.Contacted, 5), To(LeadStage.New, 4), To(LeadStage.Counselled, 3), Lost(2));

        Assert.Equal((Now.AddDays(-5), Now.AddDays(-3)), (lead.ContactedAt, lead.CounselledAt));
        Assert.Equal((null, null, Now.AddDays(-2)), (lead.OfferedAt, lead.EnrolledAt, lead.LostAt));
    }

    [Fact]
    public void An_offer_and_an_enrolment_reach_their_stages()
    {
        var lead = NewLead(new OfferMade(Now, "Divya Menon", Fair));
        Assert.Equal((LeadStage.Offered, Fair, Now), (lead.Stage, lead.Offer, lead.CounselledAt));

        After(lead, [Enrolled with { At = Now.AddHours(1) }]);
        Assert.Equal((LeadStage.Enrolled, Now, Now.AddHours(1)), (lead.Stage, lead.OfferedAt, lead.EnrolledAt));
    }

    [Fact]
    public void Corrected_details_are_what_search_finds()
    {
        var lead = NewLead(new DetailsCorrected(Now, "Divya Menon", "Anjali Menon", "+919847099999", null, Guid.NewGuid(), "CCS"));

        Assert.Equal(("Anjali Menon", "+919847099999", null, "CCS"), (lead.Name, lead.Phone, lead.Email, lead.CourseName));
        Assert.Equal("anjali menon +919847099999  l-234567", lead.SearchText);
    }

    [Fact]
    public void An_applicant_who_asks_is_no_longer_emailed()
    {
        Assert.True(NewLead().CanBeEmailed);
        Assert.False(NewLead(new EmailsStopped(Now, "Applicant")).CanBeEmailed);
    }

    [Fact]
    public void References_are_short_and_differ()
    {
        var references = Enumerable.Range(0, 500).Select(_ => LeadRules.ReferenceOf(Guid.CreateVersion7(Now))).ToList();

        Assert.All(references, r => Assert.Matches("^L-[2-9A-HJ-NP-Z]{6}$", r));
        Assert.Equal(references.Count, references.Distinct().Count());
    }
}
