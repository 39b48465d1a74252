using System.Text.Json;
using Crm.Institute;
using Crm.Leads;

namespace Crm.Tests.Leads;

/// <summary>A lead that was moved by a slip of the hand, and one that is moved back later.</summary>
public sealed class SlipTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 4, 30, 0, TimeSpan.Zero);
    private static readonly Actor Divya = Actor.Staff(Guid.NewGuid(), "Divya Menon");
    private static readonly Actor Ravi = Actor.Staff(Guid.NewGuid(), "Ravi Pillai");

    private readonly Lead _lead = new Lead { Id = Guid.NewGuid() }.After(new LeadReceived("L-234567", Guid.NewGuid(),
        new CourseRef(Guid.NewGuid(), "CPC", "CPC"), PreferredTime.Anytime, LeadSource.Direct, null)
    { At = Start.AddDays(-1) });

    private void Do(Actor by, int atSecond, Func<Lead, Stamp, IReadOnlyList<LeadEvent>> rule)
    {
        var stamp = new Stamp(by, Start.AddSeconds(atSecond));
        foreach (var e in rule(_lead, stamp)) _lead.After(e with { At = stamp.At, By = stamp.By });
    }

    private void Move(Stage to, int atSecond, Actor? by = null) =>
        Do(by ?? Divya, atSecond, (l, s) => LeadRules.MoveTo(l, s, to, sure: false));

    private string Asked(Stage to, int atSecond, Actor? by = null)
    {
        var refusal = Assert.Throws<Refusal>(() => Move(to, atSecond, by));
        Assert.Equal(LeadRules.AskBack, refusal.Field);
        return refusal.Message;
    }

    [Theory]
    [InlineData(Stage.Contacted)]
    [InlineData(Stage.Counselled)]
    public void Moved_back_within_the_moment_the_stage_was_never_reached(Stage slip)
    {
        var before = (_lead.Stage, _lead.ContactedAt, _lead.CounselledAt);

        Move(slip, 0);
        Move(Stage.New, 60);

        Assert.Equal(before, (_lead.Stage, _lead.ContactedAt, _lead.CounselledAt));
        Assert.Empty(_lead.Moves);
    }

    [Fact]
    public void A_slip_further_on_leaves_when_earlier_stages_were_reached()
    {
        Move(Stage.Contacted, -3600);

        Move(Stage.Counselled, 0);
        Move(Stage.Contacted, 5);

        Assert.Equal((Stage.Contacted, Start.AddHours(-1), null), (_lead.Stage, _lead.ContactedAt, _lead.CounselledAt));
    }

    [Fact]
    public void Two_moves_in_a_row_are_taken_back_one_by_one_or_at_once()
    {
        Move(Stage.Contacted, 0);
        Move(Stage.Counselled, 10);
        Move(Stage.Contacted, 20);
        Assert.Equal((Start, null), (_lead.ContactedAt, _lead.CounselledAt));
        Move(Stage.Counselled, 30);
        Move(Stage.New, 40);

        Assert.Equal((Stage.New, null, null), (_lead.Stage, _lead.ContactedAt, _lead.CounselledAt));
    }

    [Fact]
    public void After_the_moment_moving_back_is_asked_about_and_the_stage_stays_reached()
    {
        Move(Stage.Counselled, 0);

        Assert.Equal("Counselled was reached and stays in the figures. Move back to new all the same?", Asked(Stage.New, 61));
        Do(Divya, 62, (l, s) => LeadRules.MoveTo(l, s, Stage.New, sure: true));

        Assert.Equal((Stage.New, Start), (_lead.Stage, _lead.CounselledAt));
    }

    [Fact]
    public void What_a_colleague_moved_is_no_slip_of_mine()
    {
        Move(Stage.Contacted, 0, Ravi);

        Asked(Stage.New, 5);
        Move(Stage.New, 6, Ravi);

        Assert.Equal(Stage.New, _lead.Stage);
    }

    [Fact]
    public void What_rests_on_something_else_that_happened_is_no_slip()
    {
        Move(Stage.Contacted, 0);
        Do(Divya, 5, (_, _) => LeadRules.AddNote("She wants evenings"));

        Asked(Stage.New, 10);
    }

    [Fact]
    public void A_stage_that_a_conversation_brought_is_no_slip()
    {
        Do(Divya, 0, (l, s) => LeadRules.LogContact(l, s.At, null, ContactChannel.Call, ContactOutcome.Connected, null));

        Asked(Stage.New, 5);
        Assert.NotNull(_lead.ContactedAt);
    }

    [Fact]
    public void Moving_on_is_never_asked_about()
    {
        Move(Stage.Counselled, 0);
        Do(Divya, 100, (l, s) => LeadRules.MoveTo(l, s, Stage.New, sure: true));

        Move(Stage.Contacted, 200);

        Assert.Equal(Stage.Contacted, _lead.Stage);
    }

    // The snapshot lies between two of them as JSON.
    [Fact]
    public void A_slip_is_known_by_what_is_stored_of_the_lead()
    {
        Move(Stage.Counselled, 0);

        var stored = JsonSerializer.Deserialize<Lead>(JsonSerializer.Serialize(_lead))!;

        var events = LeadRules.MoveTo(stored, new Stamp(Divya, Start.AddSeconds(9)), Stage.New, sure: false);
        Assert.IsType<StageMoveUndone>(Assert.Single(events));
    }
}
