using Crm.Accounts;
using Crm.Correspondence;
using Crm.Courses;
using Crm.Enquiries;
using Crm.Enrolments;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;

namespace Crm.Demo;

/// <summary>Makes up what became of a lead, step by step with the app's rules, until it is decided or the present is reached.</summary>
internal sealed class LeadTeller(
    IReadOnlyList<Course> courses, IReadOnlyList<Batch> batches, IReadOnlyList<User> counsellors, Letters letters, InstituteClock clock,
    Random random)
{
    private const string Agreed = "Consented on the demo form";

    // How often out of one, each counted from nothing: a duplicate is a sort of family, a return comes first.
    private const double ReturnShare = 0.02, DuplicateShare = 0.025, FamilyShare = 0.055;
    private readonly DateTimeOffset _now = clock.Now;
    private readonly HashSet<string> _phones = [];
    private readonly List<Person> _people = [];
    private readonly List<Person> _enrolled = [];
    private readonly Dictionary<Guid, Guid> _courseOf = [];
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
        var story = new LeadStory();
        Introduce(story, at);
        var course = CourseFor(story);
        var source = DemoNames.Sources[Weighted([.. DemoNames.Sources.Select(s => s.Share)])];
        var counsellor = counsellors[_turn++ % counsellors.Count];
        var lead = new Lead { Id = Guid.CreateVersion7(at) };
        story.Begin(lead);
        var reference = LeadRules.ReferenceOf(lead.Id);
        story.Enquiry = new Enquiry { Id = Guid.CreateVersion7(at), LeadId = lead.Id, Reference = reference, ReceivedAt = at };
        var about = new CourseRef(course.Id, course.Code, course.Name);
        var time = (PreferredTime)random.Next(4);
        var from = new LeadSource(source.Name, source.Medium, source.Campaign);
        var question = Chance(0.25) ? Pick(DemoNames.Questions) : null;
        story.Add(new Stamp(Actor.Applicant, at), [new LeadReceived(reference, story.Person.Id, about, time, from, question)
        {
            Counsellor = new CounsellorRef(counsellor.Id, counsellor.Name),
        }]);
        if (story.Person.Email is { } email && !story.Returns) story.Messages.Add(BrochureOf(story, email, at));
        return story;
    }

    // Most are new; some return for a second course, some are of one family, and a few look like somebody who is known.
    private void Introduce(LeadStory story, DateTimeOffset at)
    {
        var (first, last) = (Pick(DemoNames.First), Pick(DemoNames.Last));
        var chance = random.NextDouble();
        if (chance < ReturnShare && _enrolled.Count > 0)
        {
            story.Return(_enrolled[random.Next(_enrolled.Count)]);
            return;
        }
        var relative = chance < FamilyShare && _people.Count > 0 ? _people[random.Next(_people.Count)] : null;
        var sameName = chance < DuplicateShare && relative is not null;
        var name = relative is null ? $"{first} {last}"
            : sameName ? relative.Name.Text.Split(' ')[0]
            : $"{first} {relative.Name.Text.Split(' ')[^1]}";
        var email = relative is null && Chance(0.78) ? $"{first}.{last}{random.Next(10, 99)}@mail.example".ToLowerInvariant() : null;
        story.Register(new PersonRegistered(PersonName.FromStored(name), [relative?.Phone ?? PhoneNumber.FromE164(Phone())],
            email is null ? null : EmailAddress.FromStored(email), Standing.Given, Agreed, "Public form"), at);
        if (relative is not null) story.Suspect(relative, at);
        _people.Add(story.Person);
    }

    private Course CourseFor(LeadStory story)
    {
        var had = story.Returns ? _courseOf.GetValueOrDefault(story.Person.Id) : default;
        Course course;
        do course = courses[Weighted([24, 36, 13, 11, 7, 9])]; while (course.Id == had);
        return course;
    }

    private OutboxMessage BrochureOf(LeadStory story, EmailAddress email, DateTimeOffset at)
    {
        var to = new Addressee(story.Person, email, story.Lead, new Stamp(Actor.Applicant, at));
        var brochure = Letters.Brochure(to, story.Lead.Course);
        brochure.ToName = story.Person.Name.Text;
        brochure.Say(letters.BrochureWording(story.Person, story.Lead, story.Lead.Course));
        (brochure.Status, brochure.Attempts) = (MessageStatus.Sent, 1);
        (brochure.HandedOverAt, brochure.SentAt) = (at.AddSeconds(4), at.AddSeconds(5));
        return brochure;
    }

    // Each step answers whether the story goes on.
    private bool Reach(LeadStory story, ref DateTimeOffset at)
    {
        at = Working(at.AddHours(0.2 + 7 * Math.Pow(random.NextDouble(), 3)));
        for (var attempt = 1; ; attempt++)
        {
            if (at > _now) return false;
            var outcome = Chance(0.6) ? ContactOutcome.Connected
                : Chance(0.03) ? ContactOutcome.WrongNumber
                : (ContactOutcome)random.Next(1, 4);
            var by = By(story, at);
            var channel = Chance(0.85) ? ContactChannel.Call : ContactChannel.WhatsApp;
            var note = outcome == ContactOutcome.Connected ? Pick(DemoNames.FirstTalk) : Chance(0.4) ? Pick(DemoNames.NoAnswer) : null;
            story.Add(by, LeadRules.LogContact(story.Lead, at, story.Lead.FollowUp?.Id, channel, outcome, note));
            if (outcome == ContactOutcome.Connected)
                return !Chance(0.3) || Lose(story, at, LostReason.NotInterested, LostReason.NotEligible, LostReason.Fee, LostReason.Timing);
            if (outcome == ContactOutcome.WrongNumber || attempt >= 4) return Lose(story, at, LostReason.Unreachable);
            if (!Plan(story, ref at, "Call again", 0.8, 2)) return false;
        }
    }

    private bool Counsel(LeadStory story, ref DateTimeOffset at)
    {
        if (!Plan(story, ref at, Chance(0.5) ? "Counselling session" : "Visit to the institute", 1, 5)) return false;
        var by = By(story, at);
        var channel = Chance(0.5) ? ContactChannel.Visit : ContactChannel.Call;
        story.Add(by, LeadRules.LogContact(
            story.Lead, at, story.Lead.FollowUp?.Id, channel, ContactOutcome.Connected, Pick(DemoNames.Counselled)));
        story.Add(by, LeadRules.MoveTo(story.Lead, by, Stage.Counselled, sure: false));
        return !Chance(0.5) || Lose(story, at.AddDays(random.Next(1, 9)), LostReason.Fee, LostReason.Timing, LostReason.JoinedElsewhere,
            LostReason.NotInterested);
    }

    private bool Offer(LeadStory story, ref DateTimeOffset at)
    {
        if (!Plan(story, ref at, "Ask for the decision on a batch", 1, 6)) return false;
        if (BatchFor(story.Lead, at) is not { } batch) return Lose(story, at, LostReason.Timing);
        var by = By(story, at);
        var course = courses.First(c => c.Id == story.Lead.CourseId);
        var discount = Money.FromRupees(Chance(0.45) ? random.Next(1, 5) * 500 : 0);
        story.Add(by, LeadRules.LogContact(story.Lead, at, story.Lead.FollowUp?.Id, ContactChannel.Call, ContactOutcome.Connected, null));
        var offer = new Offer(batch.Id, batch.Code, course.Fee, discount, Day(at).AddDays(10));
        story.Add(by, LeadRules.MakeOffer(story.Lead, offer, false, Day(at), new MoneyStyle()));
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
        var offer = story.Lead.Offer!;
        var parts = Instalments.Split(offer.Net, Weighted([40, 0, 40, 0, 0, 20]) + 1, Day(at));
        var (enrolmentId, taken, enrolled) = new AgreedSeat(batch, offer.Fee, offer.Discount, parts).TakeFor(story.Lead, by.At);
        story.Add(by, LeadRules.Enrol(story.Lead, enrolled));
        story.Seat = (enrolmentId, taken, by);
        _enrolled.Add(story.Person);
        _courseOf[story.Person.Id] = story.Lead.CourseId;
    }

    /// <summary>Plans a follow-up and lets it come due; some of the last week's are still undone.</summary>
    private bool Plan(LeadStory story, ref DateTimeOffset at, string purpose, double minDays, double maxDays)
    {
        var by = By(story, at);
        var due = Working(at.AddDays(minDays + (maxDays - minDays) * random.NextDouble()));
        due = due.AddTicks(-(due.Ticks % (TimeSpan.TicksPerMinute * 15)));
        story.Add(by, LeadRules.PlanFollowUp(story.Lead, at, Guid.CreateVersion7(at), due, purpose));
        at = due.AddMinutes(random.Next(5, 50));
        if (at <= _now && !(due > _now.AddDays(-6) && Chance(0.3))) return true;
        if (due > _now)
            story.Messages.Add(letters.Reminder(story.Person, story.Lead, story.Lead.FollowUp!,
                counsellors.First(c => c.Id == story.Lead.CounsellorId), by));
        return false;
    }

    private bool Lose(LeadStory story, DateTimeOffset at, params LostReason[] reasons)
    {
        if (at <= _now) story.Add(By(story, at), LeadRules.Lose(story.Lead, Pick(reasons), null));
        return false;
    }

    private Batch? BatchFor(Lead lead, DateTimeOffset at)
    {
        var day = Day(at);
        return batches.Where(b => b.CourseId == lead.CourseId && b.HasSeatAt(at) && b.StartsOn >= day.AddDays(-7))
            .MinBy(b => b.StartsOn);
    }

    private static Stamp By(LeadStory story, DateTimeOffset at) =>
        new(Actor.Staff(story.Lead.CounsellorId!.Value, story.Lead.CounsellorName!), at);

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
        do phone = $"+91{Pick(["9847", "9895", "9946", "9745", "8129", "8086"])}{random.Next(0, 1_000_000):000000}";
        while (!_phones.Add(phone));
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
