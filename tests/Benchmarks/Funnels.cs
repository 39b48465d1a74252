using System.Diagnostics;
using Crm.Accounts;
using Crm.Courses;
using Crm.Demo;
using Crm.Institute;
using Crm.Leads;
using Crm.Reports;
using Crm.Seats;
using Crm.Tests.Reports;
using Marten;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Benchmarks;

/// <summary>
/// How long a manager waits for the funnel among more and more leads, beside what walking all leads takes and PostgreSQL's own count over
/// an index; and what keeping its tables costs an enquiry.
/// </summary>
internal static class Funnels
{
    private const int Looks = 30, Walks = 3, Rounds = 4, DaysOfYear = 365;

    // Leads as a funnel has them: 60 of 100 are spoken with after minutes, hours or days, 8 enrol, 30 are lost.
    private const string Fill = """
        insert into enrolment.mt_doc_lead (id, data, mt_version, stage, counsellor_id, course_id, source_name, received_at,
            last_activity_at, person_id)
        select id, $1::jsonb || jsonb_build_object('Id', id, 'PersonId', id, 'Stage', stage, 'SourceName', source,
                'CounsellorId', counsellor,
                'CounsellorName', 'Divya', 'ReceivedAt', at, 'ContactedAt', case when c < 0.6 then spoken end,
                'CounselledAt', case when c < 0.4 then spoken end, 'OfferedAt', case when c < 0.2 then spoken end,
                'EnrolledAt', case when c < 0.08 then spoken end),
            1, stage, counsellor, $2, source, at, at, id
        from (
            select gen_random_uuid() as id, now() - d * $3 * interval '1 day' as at,
                now() - d * $3 * interval '1 day' + exp(12 * s) * interval '3 seconds' as spoken, c,
                case when c < 0.08 then 'Enrolled' when c > 0.7 then 'Lost' when c < 0.2 then 'Offered' when c < 0.4 then 'Counselled'
                    when c < 0.6 then 'Contacted' else 'New' end as stage,
                (array['Google', 'Instagram', 'Facebook', 'Walk in', 'Referral', 'WhatsApp', 'YouTube', 'Justdial', 'Fair', 'Direct'])
                    [1 + floor(power(random(), 2) * 10)::int] as source,
                ($4::uuid[])[1 + floor(random() * array_length($4::uuid[], 1))::int] as counsellor
            from (select random() as d, random() as c, random() as s from generate_series(1, $5)) drawn) lead
        """;

    private const string FillSeats = """
        insert into enrolment.mt_doc_enrolment (id, data, mt_version, lead_id)
        select id, $1::jsonb || jsonb_build_object('Id', id, 'LeadId', id, 'PersonId', id, 'RollNumber', id), 1, id
        from enrolment.mt_doc_lead where stage = 'Enrolled' and not exists (
            select 1 from enrolment.mt_doc_enrolment e where e.lead_id = mt_doc_lead.id)
        """;

    /// <param name="most">A year of 10,000 and of 100,000 leads is measured up to so many, and five years of as many where that is more.
    /// </param>
    public static async Task<IReadOnlyList<Result>> MeasureAsync(Server server, int most, TimeSpan time)
    {
        var results = new List<Result>();
        foreach (var count in new[] { 10_000, 100_000 }.Where(c => c <= most).Append(most).Distinct())
        {
            var connection = await server.CreateDatabaseAsync($"funnel_{count}");
            await using var app = await server.ServeAsync(connection);
            await DemoSeed.RunAsync(app.Services, NullLogger.Instance, LeadLists.Password, leadCount: 0);
            var years = count > 100_000 ? 5 : 1;
            results.AddRange(await FillAsync(app, count, years));
            results.AddRange(await LookAsync(app, count, years));
        }
        return [.. results, .. await EnquireAsync(server, time)];
    }

    private static async Task<IReadOnlyList<Result>> FillAsync(WebApplication app, int count, int years)
    {
        var (store, database) = (app.Services.GetRequiredService<IDocumentStore>(), app.Services.GetRequiredService<NpgsqlDataSource>());
        await using var session = store.QuerySession();
        var counsellors = (await session.Query<User>().Where(u => u.Role == Roles.Counsellor).ToListAsync()).Select(u => u.Id).ToArray();
        var course = await session.Query<Course>().FirstAsync();
        var lead = new Lead().After(new LeadReceived("L-222222", Guid.NewGuid(), new CourseRef(course.Id, course.Code, course.Name),
            PreferredTime.Anytime, LeadSource.Direct, null));
        var seat = new Enrolment { Fee = Money.FromRupees(42_000), Discount = Money.FromRupees(1_000), CourseId = course.Id };
        var clock = Stopwatch.StartNew();
        var days = years * (double)DaysOfYear - 1;
        await DoAsync(database, Fill, Json(store, lead), course.Id, days, counsellors, count);
        await DoAsync(database, FillSeats, Json(store, seat));
        Console.Error.WriteLine($"{count:N0} leads in {clock.Elapsed.TotalSeconds:0} s");
        clock.Restart();
        await app.Services.GetRequiredService<FunnelBooks>().FoldAsync(default);
        var folded = clock.Elapsed;
        clock.Restart();
        await app.Services.GetRequiredService<FunnelBooks>().RebuildAsync(default);
        var rebuilt = clock.Elapsed;
        await DoAsync(database, "vacuum analyze");
        return [new($"Flat tables of {count:N0} leads: folded at once, and rebuilt", $"{folded.TotalSeconds:0.0} and "
            + $"{rebuilt.TotalSeconds:0.0} s", $"all leads as lines that are folded in one go, then made anew from {Of(years)} of leads")];
    }

    private static string Json(IDocumentStore store, object document) => store.Options.Serializer().ToJson(document);

    private static async Task DoAsync(NpgsqlDataSource database, string sql, params object[] values)
    {
        await using var command = database.CreateCommand(sql);
        command.CommandTimeout = 3_600;
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<IReadOnlyList<Result>> LookAsync(WebApplication app, int count, int years)
    {
        var (database, clock) = (app.Services.GetRequiredService<NpgsqlDataSource>(), app.Services.GetRequiredService<InstituteClock>());
        await using var session = app.Services.GetRequiredService<IDocumentStore>().QuerySession();
        using var manager = Server.Connect(app, 1);
        var users = await session.Query<User>().Where(u => u.Role == Roles.Manager).ToListAsync();
        await LeadLists.SignInAsync(manager, users[0].Email);
        var (from, to) = (clock.Today.AddYears(-years).AddDays(1), clock.Today);
        var days = $"?from={from:yyyy-MM-dd}&to={to:yyyy-MM-dd}";
        var (what, results) = ($"of {Of(years)}, {count:N0} leads", new List<Result>());
        var walked = await TimeAsync(Walks, () => WalkedFunnel.LoadAsync(database, session, from, to, clock));
        var floor = await TimeAsync(Looks, () => CountAsync(database, clock.StartOf(from)));
        foreach (var (form, address) in new[]
            { ("page", "/reports"), ("CSV", "/reports/funnel.csv"), ("XLSX", "/reports/funnel.xlsx"), ("the morning's page", "/morning") })
        {
            var times = await TimeAsync(Looks, () => LeadLists.GetAsync(manager, address + days));
            results.Add(new($"Funnel {what}, {form}: median and worst", $"{times[Looks / 2]:0.0} / {times[^1]:0.0} ms",
                $"{Looks} GETs as a manager; walking all leads, as it was, takes {walked[Walks / 2]:0} ms in the database alone: "
                + $"{walked[Walks / 2] / times[Looks / 2]:0.0} times as long"));
        }
        results.Add(new($"Count of the leads {what}, over an index: median", $"{floor[Looks / 2]:0.0} ms",
            "PostgreSQL's own, in the same run: `select count(*)` by the time received"));
        var report = await FunnelReport.LoadAsync(database, session, from, to, clock, default);
        if (WalkedFunnel.Difference(await WalkedFunnel.LoadAsync(database, session, from, to, clock), report) is { } difference)
            throw new InvalidOperationException(difference);
        return results;
    }

    private static async Task CountAsync(NpgsqlDataSource database, DateTimeOffset from)
    {
        await using var command = database.CreateCommand("select count(*) from enrolment.mt_doc_lead where received_at >= $1");
        command.Parameters.Add(new() { Value = from });
        await command.ExecuteScalarAsync();
    }

    /// <returns>Milliseconds of each, the shortest first, after two that warm up.</returns>
    private static async Task<double[]> TimeAsync(int times, Func<Task> look)
    {
        for (var i = 0; i < 2; i++) await look();
        var taken = new double[times];
        for (var i = 0; i < times; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await look();
            taken[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        Array.Sort(taken);
        return taken;
    }

    // In turns on one app: the same enquiries with and without the triggers.
    private static async Task<IReadOnlyList<Result>> EnquireAsync(Server server, TimeSpan time)
    {
        var results = new List<Result>();
        await using var app = await server.ServeAsync(await server.CreateDatabaseAsync("funnel_enquiries"));
        await DemoSeed.RunAsync(app.Services, NullLogger.Instance, LeadLists.Password, leadCount: 0);
        var database = app.Services.GetRequiredService<NpgsqlDataSource>();
        await using var session = app.Services.GetRequiredService<IDocumentStore>().QuerySession();
        var course = (await session.Query<Course>().Where(c => c.Open).FirstAsync()).Id.ToString();
        foreach (var connections in new[] { 1, 16 })
        {
            using var client = Server.Connect(app, connections);
            await Enquiries.PostAsync(client, course, connections, TimeSpan.FromSeconds(5));
            var (with, without) = (0.0, 0.0);
            for (var round = 0; round < Rounds; round++)
            {
                foreach (var on in round % 2 == 0 ? new[] { true, false } : [false, true])
                {
                    await DoAsync(database, $"alter table enrolment.mt_doc_lead {(on ? "enable" : "disable")} trigger user");
                    var rate = await Enquiries.PostAsync(client, course, connections, time);
                    (with, without) = on ? (with + rate, without) : (with, without + rate);
                }
            }
            results.Add(new($"Enquiries with the flat tables per enquiry without, {connections} at once", $"{with / without:0.00}",
                $"{with / Rounds:0} and {without / Rounds:0} a second, {Rounds} rounds of {time.TotalSeconds:0} s each, in turns"));
        }
        return results;
    }

    private static string Of(int years) => years == 1 ? "a year" : $"{years} years";
}
