using Crm.Institute;
using Crm.People;
using Crm.Storage;
using Marten;
using Npgsql;

namespace Crm.Tests.Storage;

/// <summary>The index of the search, in databases whose locale knows letters and in one that knows none.</summary>
public sealed class TrigramTests(TestPostgres postgres)
{
    private const int Many = 4000;

    [Theory]
    [InlineData("locale 'C'")]
    [InlineData("locale_provider icu icu_locale 'en-IN' locale 'C'")]
    public async Task Three_letters_of_any_script_are_found_by_the_index(string locale)
    {
        await using var app = await TestApp.StartOnEmptyAsync(await postgres.CreateEmptyDatabaseAsync(locale));
        await FillAsync(app);
        await using var source = NpgsqlDataSource.Create(app.ConnectionString);

        foreach (var (part, found) in new[] { ("അനു", 7), ("കൃഷ", 7), ("ലക്ഷ", 7), ("sre", Many), ("1231999", 1), ("राम", 0), ("xqz", 0) })
        {
            var folded = Assert.Single(SearchQuery.Read(part, "IN").Parts);
            var plan = await ExplainAsync(source, folded);

            Assert.Equal((part, found), (part, await CountAsync(source, folded)));
            if (found < Many) Assert.Contains("Bitmap Index Scan on mt_doc_person_idx_search_text", plan);
        }
    }

    [Theory]
    [InlineData("locale 'C'")]
    [InlineData("locale_provider icu icu_locale 'en-IN' locale 'C'")]
    public async Task Names_are_ordered_alike_whatever_the_locale(string locale)
    {
        await using var app = await TestApp.StartOnEmptyAsync(await postgres.CreateEmptyDatabaseAsync(locale));
        string[] names = ["anoop", "ANU", "Anu George", "ärya", "Balan", "Émile", "K. P. Anoop", "Kannan", "O’Brien", "Name 9", "Name 10",
            "Zubair", "അനു", "കമല", "റഹീം"];
        var course = await app.AddCourseAsync();
        foreach (var name in names.Reverse().Concat(names)) await app.AddLeadAsync(course, name, email: null);
        using var staff = await app.SignInAsync(Roles.Counsellor);

        var page = await staff.GetAsync("/leads?sort=Name");

        string[] expected = ["anoop", "ANU", "Anu George", "ärya", "Balan", "Émile", "K. P. Anoop", "Kannan", "Name 9", "Name 10",
            "O’Brien", "Zubair", "അനു", "കമല", "റഹീം"];
        Assert.Equal(expected.SelectMany(name => new[] { name, name }), page.Texts("td.who a"));
    }

    private static async Task FillAsync(TestApp app)
    {
        string[] malayalam = ["അനുഷ കൃഷ്ണൻ", "ലക്ഷ്മി നായർ", "വിഷ്ണു മേനോൻ"];
        var people = Enumerable.Range(0, Many).Select(i => new Person { Id = Guid.CreateVersion7() }.After(new PersonRegistered(
            PersonName.FromStored(i % 600 == 1 ? "Sree " + string.Join(' ', malayalam) : $"Sree {(char)('a' + i % 26)}oby {i % 90}"),
            [PhoneNumber.FromE164($"+91984{1_230_000 + i}")], null, Standing.Given, "Agreed", "Public form")));
        await using (var session = app.Store.LightweightSession())
        {
            session.Store(people);
            await session.SaveChangesAsync();
        }
        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        await using var analyze = source.CreateCommand("vacuum analyze enrolment.mt_doc_person");
        await analyze.ExecuteNonQueryAsync();
    }

    private static async Task<int> CountAsync(NpgsqlDataSource source, string part)
    {
        await using var command = CommandOf(source, "select count(*)::int", part);
        return (int)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<string> ExplainAsync(NpgsqlDataSource source, string part)
    {
        await using var command = CommandOf(source, "explain (analyze) select id", part);
        await using var lines = await command.ExecuteReaderAsync();
        var plan = new List<string>();
        while (await lines.ReadAsync()) plan.Add(lines.GetString(0));
        return string.Join('\n', plan);
    }

    private static NpgsqlCommand CommandOf(NpgsqlDataSource source, string what, string part)
    {
        var (condition, values) = Trigrams.Contains("search_text", part);
        var numbered = condition.Split('?').Select((piece, i) => i == 0 ? piece : $"${i}{piece}");
        var command = source.CreateCommand($"{what} from enrolment.mt_doc_person where {string.Concat(numbered)}");
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }
}
