using System.Text;
using System.Text.Json;
using Crm.Desk;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Seats;
using Crm.Storage;
using Marten;
using Microsoft.Extensions.Options;
using Enrolment = Crm.Seats.Enrolment;

namespace Crm.Tests.House;

/// <summary>What every type of event owes: words, an effect, a masking rule or a reason to need none, and to be stored and read.</summary>
public sealed class EventTests(TestPostgres postgres)
{
    private const string Unknown = "Something that this version does not know";

    // These tell something to the reader of the timeline, and move the lead's last activity only.
    private static readonly Type[] OnlyTold = [typeof(NoteAdded), typeof(EmailWritten)];

    private static readonly ISerializer Serializer = SerializerOfTheApp();

    public static TheoryData<Type> Types => [.. EventSamples.Types];

    [Fact]
    public void The_rooms_make_all_there_are_known()
    {
        Assert.True(EventSamples.Types.Count() > 60);
        Assert.Equal(EventSamples.Types.OrderBy(t => t.Name),
            PersonEvent.Kinds.Concat(LeadEvent.Kinds).Concat(EnrolmentEvent.Kinds).OrderBy(t => t.Name));
    }

    [Theory, MemberData(nameof(Types))]
    public void It_has_words_for_the_timeline_as_it_was_and_as_it_is_masked(Type type)
    {
        var e = EventSamples.Of(type);

        Assert.DoesNotContain(Unknown, Words().Of(e).Title);
        Assert.DoesNotContain(Unknown, Words().Of(e.Masked()).Title);
    }

    [Fact]
    public void A_type_without_words_would_be_noticed() => Assert.Contains(Unknown, Words().Of(new Forgotten()).Title);

    [Theory, MemberData(nameof(Types))]
    public void It_changes_what_its_stream_has_come_to(Type type)
    {
        var e = EventSamples.Of(type);

        Assert.NotEqual(OnlyTold.Contains(type), Changes(e));
    }

    [Fact]
    public void A_type_without_an_effect_would_be_noticed() => Assert.False(Changes(new Forgotten()));

    [Theory, MemberData(nameof(Types))]
    public void It_has_a_masking_rule_or_a_reason_to_need_none_and_not_both(Type type)
    {
        var rule = type.GetMethod(nameof(StoredEvent.Masked))!.DeclaringType == type;
        var reason = type.GetCustomAttributes(typeof(HoldsNothingPersonalAttribute), false).Cast<HoldsNothingPersonalAttribute>()
            .SingleOrDefault();

        Assert.True(rule != reason is not null, rule ? $"{type} has both" : $"{type} has neither");
        Assert.NotEqual("", reason?.Because.Trim());
        if (rule)
            Assert.Contains(EventSamples.Personal, p => Serializer.ToJson(EventSamples.Of(type)).Contains(p, StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(Types))]
    public void Masked_it_tells_nothing_of_anybody(Type type)
    {
        var masked = Serializer.ToJson(EventSamples.Of(type).Masked());

        Assert.All(EventSamples.Personal, p => Assert.DoesNotContain(p, masked, StringComparison.OrdinalIgnoreCase));
    }

    [Theory, MemberData(nameof(Types))]
    public void Masked_it_keeps_when_it_happened_and_who_did_it(Type type)
    {
        var e = EventSamples.Of(type);

        Assert.Equal((e.At, e.By), (e.Masked().At, e.Masked().By));
    }

    [Theory, MemberData(nameof(Types))]
    public void It_is_read_as_it_was_stored(Type type)
    {
        foreach (var e in new[] { EventSamples.Of(type), EventSamples.Of(type).Masked() })
        {
            using var stored = new MemoryStream(Encoding.UTF8.GetBytes(Serializer.ToJson(e)));
            var read = Serializer.FromJson(type, stored);

            Assert.All(type.GetProperties(), p => Assert.Equivalent(p.GetValue(e), p.GetValue(read), strict: true));
        }
    }

    [Fact]
    public async Task Masking_rewrites_the_stored_events()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), EventSamples.Name, EventSamples.Email, EventSamples.Phone);
        await app.ChangeAsync(lead, _ => LeadRules.AddNote(EventSamples.Note));
        var before = await StoredAsync(app, lead);
        Assert.All(EventSamples.Personal, p => Assert.Contains(p, before));

        await app.Store.Advanced.ApplyEventDataMasking(x => x.IncludeStream(lead.Id).IncludeStream(lead.PersonId),
            TestContext.Current.CancellationToken);

        var stored = await StoredAsync(app, lead);
        Assert.All(EventSamples.Personal, p => Assert.DoesNotContain(p, stored));
        Assert.Contains(StoredEvent.Erased, stored);
        Assert.Contains(lead.Reference, stored);
    }

    [Fact]
    public async Task An_event_of_a_newer_program_is_a_plain_line_on_the_page()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        await app.ChangeAsync(lead, _ => LeadRules.AddNote("to be another event"));
        await using (var session = app.Store.LightweightSession())
        {
            session
                .QueueSqlCommand(
                "update enrolment.mt_events set type = 'seat_swapped', mt_dotnet_type = 'Crm.Later' where type = 'note_added'");
            await session.SaveChangesAsync(TestContext.Current.CancellationToken);
        }
        var browser = await app.SignInAsync(Roles.Counsellor);

        var page = await browser.GetAsync($"/leads/{lead.Id}");

        Assert.Contains($"{Unknown}: seat swapped", page.Text);
        Assert.Contains("became known", page.Text);
    }

    private static bool Changes(StoredEvent e) => e switch
    {
        PersonEvent of => Differs(() => new Person(), p => p.After(of))
            || Differs(KnownPerson, p => p.After(of)),
        LeadEvent of => Differs(() => new Lead { UnplannedSince = DateTimeOffset.UnixEpoch }, l => Quiet(l.After(of)))
            || Differs(() => Quiet(KnownLead()), l => Quiet(l.After(of))),
        EnrolmentEvent of => Differs(() => new Enrolment(), s => s.After(of))
            || Differs(KnownSeat, s => s.After(of)),
        _ => false,
    };

    private static bool Differs<T>(Func<T> make, Func<T, T> apply) =>
        JsonSerializer.Serialize(make()) != JsonSerializer.Serialize(apply(make()));

    // Who has all that an event could take away or change.
    private static Person KnownPerson() => new Person()
        .After(EventSamples.Of<PersonRegistered>()).After(EventSamples.Of<PersonTagged>()).After(EventSamples.Of<GuardianSet>())
        .After(EventSamples.Of<PersonMerged>()).After(EventSamples.Of<MergedInto>());

    private static Lead KnownLead() => new Lead()
        .After(EventSamples.Of<LeadReceived>()).After(EventSamples.Of<FollowUpPlanned>())
        .After(EventSamples.Of<WaitlistJoined>()).After(EventSamples.Of<LeadLost>());

    private static Enrolment KnownSeat() =>
        new Enrolment().After(EventSamples.Of<SeatTaken>()).After(EventSamples.Of<PaymentReceived>());

    private static Lead Quiet(Lead lead)
    {
        lead.LaterActivityAt = null;
        return lead;
    }

    private static TimelineWords Words()
    {
        var profile = new InstituteProfile { Name = "Periyar School of Medical Coding" };
        return new TimelineWords(new CurrentInstitute(profile),
            new InstituteClock(TimeProvider.System, Options.Create(new InstituteOptions())));
    }

    private static ISerializer SerializerOfTheApp()
    {
        var options = new StoreOptions();
        MartenSetup.Configure(options, MartenSetup.Connect("Host=127.0.0.1"));
        return options.Serializer();
    }

    private static async Task<string> StoredAsync(TestApp app, Lead lead)
    {
        await using var session = app.Store.QuerySession();
        var rows = await session.AdvancedSql.QueryAsync<string>(
            "select e.data::text from enrolment.mt_events e where e.stream_id = any(?)", TestContext.Current.CancellationToken,
            (object)new[] { lead.Id, lead.PersonId });
        return string.Concat(rows);
    }

    private sealed record Forgotten : LeadEvent;
}
