using Crm.Institute;
using Crm.Leads;
using Crm.People;

namespace Crm.Tests.Leads;

/// <summary>What the rules decide about a lead and what its events make of it, without a database.</summary>
public sealed class LeadRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 4, 30, 0, TimeSpan.Zero);
    private static readonly DateOnly Today = new(2026, 11, 23);
    private static readonly MoneyStyle Style = new();
    private static readonly Stamp Mine = new(Actor.Staff(Guid.NewGuid(), "Divya Menon"), Now);
    private static readonly Offer Fair = new(
        Guid.NewGuid(), "CPC-2701", Money.FromRupees(42_000), Money.FromRupees(2_000), Today.AddDays(7));
    private static readonly LeadEnrolled Enrolled = new(
        Guid.NewGuid(), Fair.BatchId, Fair.BatchCode, "CPC-2701-01", Money.FromRupees(40_000));

    private static Lead NewLead(params LeadEvent[] then) => After(new Lead { Id = Guid.NewGuid() },
    [
        new LeadReceived("L-234567", Guid.NewGuid(), new CourseRef(Guid.NewGuid(), "CPC", "CPC"), PreferredTime.Anytime, LeadSource.Direct,
            null) { At = Now.AddDays(-3) },
        .. then,
    ]);

    // As the writer would: what brings no time of its own happens now.
    private static Lead After(Lead lead, IEnumerable<LeadEvent> events) =>
        events.Aggregate(lead, (l, e) => l.After(e.At == default ? e with { At = Now } : e));

    private static StageChanged To(Stage stage, int daysAgo = 1) => new(Stage.New, stage) { At = Now.AddDays(-daysAgo) };
    private static LeadLost Lost(int daysAgo = 1) => new(LostReason.Fee, null) { At = Now.AddDays(-daysAgo) };
    private static FollowUpPlanned Due(DateTimeOffset at) => new(Guid.NewGuid(), at, "Call") { At = Now.AddDays(-1) };

    private static void Refused(string field, string message, Func<IReadOnlyList<LeadEvent>> decide)
    {
        var refusal = Assert.Throws<Refusal>(decide);

        Assert.Equal((field, message), (refusal.Field, refusal.Message));
    }

    [Theory]
    [InlineData(Stage.New, ContactOutcome.Connected, Stage.Contacted)]
    [InlineData(Stage.New, ContactOutcome.NoAnswer, Stage.New)]
    [InlineData(Stage.New, ContactOutcome.WrongNumber, Stage.New)]
    [InlineData(Stage.Counselled, ContactOutcome.Connected, Stage.Counselled)]
    [InlineData(Stage.Lost, ContactOutcome.Connected, Stage.Lost)]
    public void Only_a_conversation_takes_a_new_lead_to_contacted(Stage from, ContactOutcome outcome, Stage to)
    {
        var lead = from == Stage.New ? NewLead() : from == Stage.Lost ? NewLead(Lost()) : NewLead(To(from));

        var events = LeadRules.LogContact(lead, Now, lead.FollowUp?.Id, ContactChannel.Call, outcome, "  Asked about fees ");

        Assert.Equal(new ContactLogged(ContactChannel.Call, outcome, "Asked about fees"), events[0]);
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

        var events = LeadRules.LogContact(lead, Now, lead.FollowUp?.Id, ContactChannel.Call, outcome, null);

        Assert.Equal(done, events.Contains(new FollowUpDone(due.FollowUpId, null)));
        After(lead, events);
        Assert.Equal((done, done), (lead.FollowUp is null, lead.FollowUpDueAt is null));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(" \n ")]
    public void A_note_needs_words(string? text) => Refused("text", "Write the note first.", () => LeadRules.AddNote(text));

    [Fact]
    public void An_offer_ends_with_the_course_that_it_was_of()
    {
        LeadEvent made = new OfferMade(Fair, ByEmail: false);

        var corrected = After(NewLead(made), [new CourseCorrected(new CourseRef(Guid.NewGuid(), "CRC", "CRC"))]);

        Assert.Equal((Fair, null), (NewLead(made).Offer, corrected.Offer));
        Assert.Null(corrected.OfferOf(Fair.BatchId, Today));
    }

    [Fact]
    public void A_note_is_kept_without_the_space_around_it() =>
        Assert.Equal([new NoteAdded("Wants evenings")], LeadRules.AddNote(" Wants evenings\n"));

    [Fact]
    public void A_follow_up_lies_ahead_and_within_a_year()
    {
        Refused("date", "Choose a time still to come.", () => LeadRules.PlanFollowUp(NewLead(), Now, Guid.NewGuid(), Now, null));
        Refused("date", "Choose a day within the next year.",
            () => LeadRules.PlanFollowUp(NewLead(), Now, Guid.NewGuid(), Now.AddYears(1).AddMinutes(1), null));

        Assert.Single(LeadRules.PlanFollowUp(NewLead(), Now, Guid.NewGuid(), Now.AddMinutes(1), null));
        Assert.Single(LeadRules.PlanFollowUp(NewLead(), Now, Guid.NewGuid(), Now.AddYears(1), null));
    }

    [Fact]
    public void A_follow_up_is_for_open_leads_only()
    {
        Refused("", "The lead is lost: reopen it before planning a follow-up.",
            () => LeadRules.PlanFollowUp(NewLead(Lost()), Now, Guid.NewGuid(), Now.AddDays(1), null));
        Refused("", "The lead is enrolled: reopen it before planning a follow-up.",
            () => LeadRules.PlanFollowUp(NewLead(Enrolled), Now, Guid.NewGuid(), Now.AddDays(1), null));
    }

    [Fact]
    public void A_second_follow_up_takes_the_place_of_the_first()
    {
        var (first, second) = (Due(Now.AddDays(1)), Guid.NewGuid());
        var lead = NewLead(first);

        var events = LeadRules.PlanFollowUp(lead, Now, second, Now.AddDays(2), " ");

        Assert.Equal([new FollowUpCancelled(first.FollowUpId, "Rescheduled"), new FollowUpPlanned(second, Now.AddDays(2), "Call")], events);
        Assert.Equal(new FollowUp(second, Now.AddDays(2), "Call"), After(lead, events).FollowUp);
        Assert.Equal(Now.AddDays(2), lead.FollowUpDueAt);
    }

    [Fact]
    public void A_follow_up_is_done_once()
    {
        var due = Due(Now.AddDays(-1));
        var lead = NewLead(due);

        var events = LeadRules.CompleteFollowUp(lead, due.FollowUpId, "Will visit");

        Assert.Equal("Will visit", Assert.IsType<FollowUpDone>(Assert.Single(events)).Outcome);
        Refused("", "This follow-up was already done or rescheduled.",
            () => LeadRules.CompleteFollowUp(After(lead, events), due.FollowUpId, null));
    }

    [Theory]
    [InlineData(Stage.Offered, "Make the offer on the lead's page: it names a seat and a fee.")]
    [InlineData(Stage.Enrolled, "Enrol on the lead's page: it takes a seat.")]
    [InlineData(Stage.Lost, "Mark the lead lost on its page: it needs a reason.")]
    public void A_stage_that_needs_more_than_a_word_is_not_moved_to(Stage to, string message) =>
        Refused("stage", message, () => LeadRules.MoveTo(NewLead(), Mine, to, sure: true));

    [Fact]
    public void A_closed_lead_is_not_moved()
    {
        Refused("stage", "The lead is lost: reopen it first.", () => LeadRules.MoveTo(NewLead(Lost()), Mine, Stage.Contacted, sure: true));
        Refused("stage", "The lead is enrolled: reopen it first.",
            () => LeadRules.MoveTo(NewLead(Enrolled), Mine, Stage.Contacted, sure: true));
    }

    [Fact]
    public void A_move_says_where_from_and_a_move_to_the_same_stage_says_nothing()
    {
        var lead = NewLead(To(Stage.Counselled));

        Assert.Equal([new StageChanged(Stage.Counselled, Stage.Contacted, ByItself: true)],
            LeadRules.MoveTo(lead, Mine, Stage.Contacted, sure: true));
        Assert.Empty(LeadRules.MoveTo(lead, Mine, Stage.Counselled, sure: true));
    }

    [Fact]
    public void A_lead_is_assigned_once_to_the_same_counsellor()
    {
        var counsellor = Guid.NewGuid();
        var lead = NewLead();

        var events = LeadRules.Assign(lead, counsellor, "Ravi Pillai");

        Assert.Equal([new LeadAssigned(counsellor, "Ravi Pillai")], events);
        Assert.Empty(LeadRules.Assign(After(lead, events), counsellor, "Ravi Pillai"));
    }

    [Fact]
    public void An_offer_keeps_to_the_fee_the_calendar_and_open_leads()
    {
        Refused("discount", "A discount cannot be negative.",
            () => LeadRules.MakeOffer(NewLead(), Fair with { Discount = new Money(-1) }, false, Today, Style));
        Refused("discount", "The discount cannot exceed the fee of ₹42,000.",
            () => LeadRules.MakeOffer(NewLead(), Fair with { Discount = Money.FromRupees(42_000.01m) }, false, Today, Style));
        Refused("validUntil", "Choose today or a later day.",
            () => LeadRules.MakeOffer(NewLead(), Fair with { ValidUntil = Today.AddDays(-1) }, false, Today, Style));
        Refused("", "The lead is lost: reopen it before making an offer.",
            () => LeadRules.MakeOffer(NewLead(Lost()), Fair, false, Today, Style));
        Refused("", "The lead is enrolled: reopen it before making an offer.",
            () => LeadRules.MakeOffer(NewLead(Enrolled), Fair, false, Today, Style));

        var free = Fair with { Discount = Money.FromRupees(42_000), ValidUntil = Today };
        Assert.Equal([new OfferMade(free, false)], LeadRules.MakeOffer(NewLead(), free, false, Today, Style));
    }

    [Fact]
    public void Enrolling_ends_the_follow_up_and_happens_once()
    {
        var due = Due(Now.AddDays(1));
        var lead = NewLead(due);

        var events = LeadRules.Enrol(lead, Enrolled);

        Assert.Equal([new FollowUpCancelled(due.FollowUpId, "Enrolled"), Enrolled], events);
        Assert.Equal((Stage.Enrolled, Enrolled.EnrolmentId, null), (After(lead, events).Stage, lead.EnrolmentId, lead.FollowUp));
        Refused("", "The lead already has a seat.", () => LeadRules.Enrol(lead, Enrolled));
    }

    [Fact]
    public void A_lost_lead_that_enrols_is_reopened_first()
    {
        var lead = NewLead(Lost());

        var events = LeadRules.Enrol(lead, Enrolled);

        Assert.Equal([new LeadReopened("Enrolled after all"), Enrolled], events);
        Assert.Equal((Stage.Enrolled, null, null), (After(lead, events).Stage, lead.LostReason, lead.LostAt));
    }

    [Fact]
    public void Losing_ends_the_follow_up_and_happens_to_open_leads()
    {
        var due = Due(Now.AddDays(1));
        var lead = NewLead(due);

        var events = LeadRules.Lose(lead, LostReason.Timing, " after exams ");

        Assert.Equal([new FollowUpCancelled(due.FollowUpId, "Lost"), new LeadLost(LostReason.Timing, "after exams")], events);
        Assert.Equal((Stage.Lost, LostReason.Timing, Now, null), (After(lead, events).Stage, lead.LostReason, lead.LostAt, lead.FollowUp));
        Refused("", "The lead is already lost.", () => LeadRules.Lose(lead, LostReason.Fee, null));
        Refused("", "The lead is already enrolled.", () => LeadRules.Lose(NewLead(Enrolled), LostReason.Fee, null));
    }

    [Fact]
    public void Only_a_lost_lead_is_reopened()
    {
        Refused("", "The lead is not lost.", () => LeadRules.Reopen(NewLead(), null));
        Refused("", "The lead is not lost.", () => LeadRules.Reopen(NewLead(Enrolled), null));
    }

    [Theory]
    [InlineData(false, Stage.New)]
    [InlineData(true, Stage.Contacted)]
    public void A_reopened_lead_stands_where_it_was_last_reached(bool contacted, Stage stage)
    {
        var lead = contacted ? NewLead(To(Stage.Counselled, 2), Lost()) : NewLead(Lost());

        var events = LeadRules.Reopen(lead, " ");

        Assert.Equal([new LeadReopened("Reopened")], events);
        Assert.Equal((stage, null, null), (After(lead, events).Stage, lead.LostReason, lead.LostAt));
        Assert.Equal(contacted, lead.CounselledAt is not null);
    }

    [Theory]
    [InlineData(Stage.New, 0)]
    [InlineData(Stage.Contacted, 1)]
    [InlineData(Stage.Counselled, 2)]
    [InlineData(Stage.Offered, 3)]
    [InlineData(Stage.Enrolled, 4)]
    public void A_stage_reached_has_passed_those_before_it(Stage stage, int passed)
    {
        var lead = NewLead(To(stage));

        DateTimeOffset?[] reached = [lead.ContactedAt, lead.CounselledAt, lead.OfferedAt, lead.EnrolledAt];
        Assert.Equal(Enumerable.Range(1, 4).Select(i => i <= passed ? Now.AddDays(-1) : (DateTimeOffset?)null), reached);
        Assert.Null(lead.LostAt);
    }

    [Fact]
    public void A_stage_keeps_the_moment_it_was_first_reached_and_losing_reaches_none()
    {
        var lead = NewLead(To(Stage.Contacted, 5), To(Stage.New, 4), To(Stage.Counselled, 3), Lost(2));

        Assert.Equal((Now.AddDays(-5), Now.AddDays(-3)), (lead.ContactedAt, lead.CounselledAt));
        Assert.Equal((null, null, Now.AddDays(-2)), (lead.OfferedAt, lead.EnrolledAt, lead.LostAt));
    }

    [Fact]
    public void An_offer_and_an_enrolment_reach_their_stages()
    {
        var lead = NewLead(new OfferMade(Fair, false));
        Assert.Equal((Stage.Offered, Fair, Now), (lead.Stage, lead.Offer, lead.CounselledAt));

        After(lead, [Enrolled with { At = Now.AddHours(1) }]);
        Assert.Equal((Stage.Enrolled, Now, Now.AddHours(1)), (lead.Stage, lead.OfferedAt, lead.EnrolledAt));
    }

    [Fact]
    public void A_follow_up_that_a_colleague_planned_since_is_not_done_by_a_page_drawn_before() =>
        Refused("", "This follow-up was already done or rescheduled.",
            () => LeadRules.CompleteFollowUp(NewLead(Due(Now.AddDays(1))), Guid.NewGuid(), null));

    [Fact]
    public void The_course_of_an_enrolled_lead_stays_under_its_seat()
    {
        var ccs = new CourseRef(Guid.NewGuid(), "CCS", "CCS Preparation");

        Assert.Equal([new CourseCorrected(ccs)], LeadRules.CorrectCourse(NewLead(), ccs));
        Refused("course", "The lead has a seat in CPC. Add a lead for CCS Preparation instead.",
            () => LeadRules.CorrectCourse(NewLead(Enrolled), ccs));
    }

    [Fact]
    public void Asking_again_adds_a_course_and_a_source_and_changes_nothing_else()
    {
        var lead = NewLead();
        var (before, ccs) = (lead.Copy(), new CourseRef(Guid.NewGuid(), "CCS", "CCS"));

        After(lead,
            [new EnquiredAgain("L-765432", "Somebody Else", "else@mail.example", ccs, PreferredTime.Evening, new LeadSource("blog"),
            "Agreed", "Hello")]);

        Assert.Equal([ccs], lead.OtherCourses);
        Assert.Equal((2, "blog"), (lead.Enquiries, Assert.Single(lead.LaterSources).Name));
        (lead.OtherCourses, lead.LaterSources, lead.Enquiries, lead.LaterActivityAt) = (before.OtherCourses, before.LaterSources,
            before.Enquiries, before.LaterActivityAt);
        Assert.Equivalent(before, lead, strict: true);
    }

    [Fact]
    public void References_are_short_and_differ()
    {
        var references = Enumerable.Range(0, 500).Select(_ => LeadRules.ReferenceOf(Guid.CreateVersion7(Now))).ToList();

        Assert.All(references, r => Assert.Matches("^L-[2-9A-HJ-NP-Z]{6}$", r));
        Assert.Equal(references.Count, references.Distinct().Count());
    }
}
