using Crm.Accounts;
using Crm.Courses;
using Crm.Enrolments;
using Crm.Institute;
using Crm.Leads;
using Crm.Messages;
using Crm.Web;

namespace Crm.Demo;

internal sealed record LeadStory(Lead Lead, List<object> Events, List<OutboxMessage> Messages)
{
    public Enrolment? Enrolment { get; set; }

    public void Add(IEnumerable<object> events)
    {
        foreach (var e in events)
        {
            ((dynamic)Lead).Apply((dynamic)e);
            Events.Add(e);
        }
    }
}

/// <summary>Makes up what became of a lead, step by step with the app's rules, until it is decided or the present is reached.</summary>
internal sealed class LeadTeller(IReadOnlyList<Course> courses, IReadOnlyList<Batch> batches, IReadOnlyList<User> counsellors, Letters letters, InstituteClock clock, Random random)
{
    private readonly DateTimeOffset _now = clock.Now;
    private readonly HashSet<string> _phones = [];
    private int _turn;

    /// <summary>More towards the present, as an institute grows, and in the hours when people write.</summary>
    public DateTimeOffset EnquiryTime()
    {
        var daysAgo = 365 * Math.Pow(random.NextDouble(), 1.25);
        var day = clock.Today.AddDays(-(int)daysAgo);
        var at = clock.At(day, new TimeOnly(7, 0)).AddMinutes(random.Next(16 * 60));
        return at < _now ? at : at.AddDays(-1);
    }

    public LeadStory Tell(DateTimeOffset at)
    {
        var story = Begin(at);
        if (Reach(story, ref at) && Counsel(story, ref at) && Offer(story, ref at)) Decide(story, ref at);
        return story;
    }

    private LeadStory Begin(DateTimeOffset at)
    {
        var id = Guid.CreateVersion7(at);
        var (first, last) = (Pick(DemoNames.First), Pick(DemoNames.Last));
        var course = courses[Weighted([24, 36, 13, 11, 7, 9])];
        var source = DemoNames.Sources[Weighted([.. DemoNames.Sources.Select(s => s.Share)])];
        var counsellor = counsellors[_turn++ % counsellors.Count];
        var received = new LeadReceived(at, "Applicant", LeadRules.ReferenceOf(id), $"{first} {last}", Phone(), Chance(0.78) ? $"{first}.{last}{random.Next(10, 99)}@mail.example".ToLowerInvariant() : null,
            course.Id, course.Name, (PreferredTime)random.Next(4), new LeadSource(source.Name, source.Medium, source.Campaign), "Consented on the demo form", Chance(0.25) ? Pick(DemoNames.Questions) : null);
        var lead = Lead.Create(received);
        lead.Id = id;
        var story = new LeadStory(lead, [received], []);
        story.Add([new LeadAssigned(at, "System", counsellor.Id, counsellor.Name)]);
        if (lead.Email is not null)
        {
            var brochure = letters.Brochure(lead, course, at);
            (brochure.Status, brochure.Attempts, brochure.HandedOverAt, brochure.SentAt) = (MessageStatus.Sent, 1, at.AddSeconds(4), at.AddSeconds(5));
            story.Messages.Add(brochure);
            story.Add([new BrochureSent(at, "System", brochure.Id, course.Name)]);
        }
        return story;
    }

    // Each step answers whether the story goes on.
    private bool Reach(LeadStory story, ref DateTimeOffset at)
    {
        at = Working(at.AddHours(0.2 + 7 * Math.Pow(random.NextDouble(), 3)));
        for (var attempt = 1; ; attempt++)
        {
            if (at > _now) return false;
            var outcome = Chance(0.6) ? ContactOutcome.Connected : Chance(0.03) ? ContactOutcome.WrongNumber : (ContactOutcome)random.Next(1, 4);
            story.Add(LeadRules.LogContact(story.Lead, By(story, at), Chance(0.85) ? ContactChannel.Call : ContactChannel.WhatsApp, outcome,
                outcome == ContactOutcome.Connected ? Pick(DemoNames.FirstTalk) : Chance(0.4) ? Pick(DemoNames.NoAnswer) : null));
            if (outcome == ContactOutcome.Connected) return !Chance(0.3) || Lose(story, at, LostReason.NotInterested, LostReason.NotEligible, LostReason.Fee, LostReason.Timing);
            if (outcome == ContactOutcome.WrongNumber || attempt >= 4) return Lose(story, at, LostReason.Unreachable);
            if (!Plan(story, ref at, "Call again", 0.8, 2)) return false;
        }
    }

    private bool Counsel(LeadStory story, ref DateTimeOffset at)
    {
        if (!Plan(story, ref at, Chance(0.5) ? "Counselling session" : "Visit to the institute", 1, 5)) return false;
        var by = By(story, at);
        story.Add(LeadRules.LogContact(story.Lead, by, Chance(0.5) ? ContactChannel.Visit : ContactChannel.Call, ContactOutcome.Connected, Pick(DemoNames.Counselled)));
        story.Add(LeadRules.MoveTo(story.Lead, by, LeadStage.Counselled));
        return !Chance(0.5) || Lose(story, at.AddDays(random.Next(1, 9)), LostReason.Fee, LostReason.Timing, LostReason.JoinedElsewhere, LostReason.NotInterested);
    }

    private bool Offer(LeadStory story, ref DateTimeOffset at)
    {
        if (!Plan(story, ref at, "Ask for the decision on a batch", 1, 6)) return false;
        if (BatchFor(story.Lead, at) is not { } batch) return Lose(story, at, LostReason.Timing);
        var by = By(story, at);
        var course = courses.First(c => c.Id == story.Lead.CourseId);
        var discount = Chance(0.45) ? random.Next(1, 5) * 500 : 0;
        story.Add(LeadRules.LogContact(story.Lead, by, ContactChannel.Call, ContactOutcome.Connected, null));
        story.Add(LeadRules.MakeOffer(story.Lead, by, new Offer(batch.Id, batch.Code, course.Fee, discount, Day(at).AddDays(10)), Day(at)));
        return true;
    }

    private void Decide(LeadStory story, ref DateTimeOffset at)
    {
        if (!Plan(story, ref at, "Ask whether the offer suits", 1, 6)) return;
        var by = By(story, at);
        if (Chance(0.42))
        {
            Lose(story, at, LostReason.Fee, LostReason.JoinedElsewhere, LostReason.Timing);
            return;
        }
        if (BatchFor(story.Lead, at) is not { } batch)
        {
            Lose(story, at, LostReason.Timing);
            return;
        }
        var (enrolment, enrolled) = Enrolling.TakeSeat(story.Lead, by, batch, story.Lead.Offer!.Fee, story.Lead.Offer!.Discount, Weighted([40, 0, 40, 0, 0, 20]) + 1, Day(at));
        story.Add(LeadRules.Enrol(story.Lead, by, enrolled));
        story.Enrolment = enrolment;
    }

    /// <summary>Plans a follow-up and lets it come due; some of the last week's are still undone.</summary>
    private bool Plan(LeadStory story, ref DateTimeOffset at, string purpose, double minDays, double maxDays)
    {
        var by = By(story, at);
        var due = Working(at.AddDays(minDays + (maxDays - minDays) * random.NextDouble()));
        due = due.AddTicks(-(due.Ticks % (TimeSpan.TicksPerMinute * 15)));
        var events = LeadRules.Schedule(story.Lead, by, Guid.CreateVersion7(at), due, purpose);
        story.Add(events);
        at = due.AddMinutes(random.Next(5, 50));
        if (at <= _now && !(due > _now.AddDays(-6) && Chance(0.3))) return true;
        if (due > _now) story.Messages.Add(letters.Reminder(story.Lead, (FollowUpScheduled)events[^1], counsellors.First(c => c.Id == story.Lead.CounsellorId)));
        return false;
    }

    private bool Lose(LeadStory story, DateTimeOffset at, params LostReason[] reasons)
    {
        if (at <= _now) story.Add(LeadRules.Lose(story.Lead, By(story, at), Pick(reasons), null));
        return false;
    }

    private Batch? BatchFor(Lead lead, DateTimeOffset at)
    {
        var day = Day(at);
        return batches.Where(b => b.CourseId == lead.CourseId && b.SeatsLeft > 0 && b.StartsOn >= day.AddDays(-7)).MinBy(b => b.StartsOn);
    }

    private static Actor By(LeadStory story, DateTimeOffset at) => new(story.Lead.CounsellorId, story.Lead.CounsellorName!, at);

    // 9:30 to 18:00, not on Sundays.
    private DateTimeOffset Working(DateTimeOffset at)
    {
        var local = clock.Local(at);
        var (day, time) = (DateOnly.FromDateTime(local.DateTime), TimeOnly.FromDateTime(local.DateTime));
        if (time > new TimeOnly(18, 0)) (day, time) = (day.AddDays(1), TimeOnly.MinValue);
        if (day.DayOfWeek == DayOfWeek.Sunday) (day, time) = (day.AddDays(1), TimeOnly.MinValue);
        return time >= new TimeOnly(9, 30) ? clock.At(day, time) : clock.At(day, new TimeOnly(9, 30)).AddMinutes(random.Next(180));
    }

    private DateOnly Day(DateTimeOffset at) => DateOnly.FromDateTime(clock.Local(at).DateTime);

    private string Phone()
    {
        string phone;
        do phone = $"+91{Pick(["9847", "9895", "9946", "9745", "8129", "8086"])}{random.Next(0, 1_000_000):000000}"; while (!_phones.Add(phone));
        return phone;
    }

    private bool Chance(double p) => random.NextDouble() < p;

    private T Pick<T>(T[] from) => from[random.Next(from.Length)];

    private int Weighted(int[] shares)
    {
        var at = random.Next(shares.Sum());
        var i = 0;
        while (at >= shares[i]) at -= shares[i++];
        return i;
    }
}
