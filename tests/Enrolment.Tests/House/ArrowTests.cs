using System.Text.RegularExpressions;
using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using Architecture = ArchUnitNET.Domain.Architecture;

namespace Crm.Tests.House;

/// <summary>
/// Each room of the house uses only rooms below it, in the order of <c>app/Decisions/rooms-and-arrows.md</c>, without exceptions.
/// </summary>
public sealed partial class ArrowTests
{
    private static readonly string[] Ground = ["Storage", "Institute"];
    private static readonly string[] Engines = [.. Ground, "Web", "Pdf", "Messaging", "Operations"];
    private static readonly string[] Record = [.. Engines, "Accounts", "Courses", "People", "Seats", "Leads"];
    private static readonly string[] Reactions = [.. Record, "Changes", "Assignment", "Fees", "Correspondence"];
    private static readonly string[] Acts = [.. Reactions, "Privacy", "Enquiries", "Imports", "Counselling", "Enrolments"];
    private static readonly string[] Tops = ["Desk", "Reports", "Demo"];

    /// <summary>Each room with the rooms that it may use. The program itself, and what starts it, may use all.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Storage"] = [],
        ["Institute"] = ["Storage"],
        ["Web"] = Ground,
        ["Pdf"] = Ground,
        ["Messaging"] = [.. Ground, "Web", "Pdf"],
        ["Operations"] = [.. Ground, "Web"],
        ["Accounts"] = Engines,
        ["Courses"] = [.. Engines, "Accounts"],
        ["People"] = [.. Engines, "Accounts", "Courses"],
        ["Seats"] = [.. Engines, "Accounts", "Courses", "People"],
        ["Leads"] = [.. Engines, "Accounts", "Courses", "People", "Seats"],
        ["Changes"] = Record,
        ["Assignment"] = Record,
        ["Fees"] = [.. Record, "Changes", "Assignment"],
        ["Correspondence"] = [.. Record, "Changes", "Assignment", "Fees"],
        ["Privacy"] = Reactions,
        ["Enquiries"] = [.. Reactions, "Privacy"],
        ["Imports"] = [.. Reactions, "Privacy", "Enquiries"],
        ["Counselling"] = [.. Reactions, "Privacy", "Enquiries"],
        ["Enrolments"] = [.. Reactions, "Privacy", "Enquiries", "Counselling"],
        // Nobody uses these, not even each other.
        ["Desk"] = Acts,
        ["Reports"] = Acts,
        ["Demo"] = Acts,
        ["Startup"] = [.. Acts, .. Tops],
        [""] = [.. Acts, .. Tops, "Startup"],
    };

    private static readonly Lazy<Architecture> Compiled = new(() => new ArchLoader().LoadAssemblies(typeof(EnrolmentApp).Assembly).Build());
    private static readonly Lazy<Architecture> OfTests = new(() => new ArchLoader().LoadAssemblies(typeof(ArrowTests).Assembly).Build());

    [Fact]
    public void Compiled_types_use_only_rooms_below_their_own()
    {
        var uses = UsesIn(Compiled.Value, "Crm").ToList();

        Assert.True(uses.Count > 500, $"Only {uses.Count} uses were found.");
        Forbid(uses);
    }

    // Constants leave no trace in compiled types, but their room is named all the same.
    [Fact]
    public void Files_name_only_rooms_below_their_own()
    {
        var uses = Repository.Files("app", ".cs", ".cshtml").SelectMany(f => UsesIn(f.Path, f.Text)).ToList();

        Assert.True(uses.Count > 300, $"Only {uses.Count} uses were found.");
        Forbid(uses);
    }

    [Fact]
    public void Every_room_has_its_line_and_every_line_its_room()
    {
        var folders = Repository.Files("app", ".cs").Select(f => RoomOf(f.Path)).Distinct();

        Assert.Equal(Allowed.Keys.Order(), folders.Order());
    }

    [Fact]
    public void No_two_rooms_may_use_each_other() =>
        Assert.DoesNotContain(Allowed, room => room.Value.Any(below => below == room.Key || Allowed[below].Contains(room.Key)));

    [Fact]
    public void A_view_counts_as_its_room() =>
        Assert.Contains(UsesIn(Compiled.Value, "Crm"), u =>
            u is { From: "Desk", FromType: "AspNetCoreGeneratedDocument.Desk_PersonHead", To: "Leads" });

    [Theory]
    [InlineData(nameof(Attic.Returns), "a signature")]
    [InlineData(nameof(Attic.Awaits), "a call in an asynchronous method")]
    [InlineData(nameof(Attic.Passes), "a call in a lambda")]
    [InlineData(nameof(Attic.Lists), "a type argument")]
    [InlineData(nameof(Attic.Marked), "an attribute")]
    [InlineData(nameof(Attic.Iterates), "a call in an iterator")]
    public void A_forbidden_use_is_found(string type, string by)
    {
        var found = UsesIn(OfTests.Value, "Crm.Tests.House").Where(u => u.FromType == "Crm.Tests.House.Attic." + type);

        Assert.True(found.Any(u => u.To == "Cellar"), $"{by} was not found");
    }

    [Fact]
    public void A_forbidden_use_is_told_with_both_rooms_and_both_types()
    {
        var told = Xunit.Record.Exception(() => Forbid([new Use("Leads", "Crm.Leads.LeadWriter", "Desk", "Crm.Desk.Timeline")]))!;

        Assert.Contains("Leads → Desk: Crm.Leads.LeadWriter uses Crm.Desk.Timeline", told.Message);
    }

    private static void Forbid(IEnumerable<Use> uses)
    {
        var forbidden = uses.Where(u => u.From != u.To && !Allowed.GetValueOrDefault(u.From, []).Contains(u.To)).Distinct().ToList();
        var told = forbidden.Select(u => $"{u.From} → {u.To}: {u.FromType} uses {u.ToType}").Order();
        Assert.True(forbidden.Count == 0, string.Join('\n', told));
    }

    private static IEnumerable<Use> UsesIn(Architecture architecture, string root) =>
        from type in architecture.Types
        let room = RoomOf(type.FullName, root)
        where room is not null
        from target in type.Dependencies.Select(d => d.Target.FullName).Distinct()
        let other = RoomOf(target, root)
        where other is not null && other != room
        select new Use(room, type.FullName, other, target);

    private static IEnumerable<Use> UsesIn(string path, string text) =>
        from Match match in NamedRoom().Matches(text)
        where Allowed.ContainsKey(match.Groups["room"].Value)
        select new Use(RoomOf(path), path, match.Groups["room"].Value, match.Value);

    // "app/Leads/Lead.cs" is of Leads, "app/Program.cs" of the program itself.
    private static string RoomOf(string path) => path.Split('/') is [_, var room, _, ..] ? room : "";

    private static string? RoomOf(string fullName, string root)
    {
        if (ViewName().Match(fullName) is { Success: true } view) return view.Groups["room"].Value;
        if (!fullName.StartsWith(root + ".", StringComparison.Ordinal)) return null;
        return fullName[(root.Length + 1)..].Split('.') is [var room, _, ..] ? room : "";
    }

    private sealed record Use(string From, string FromType, string To, string ToType);

    [GeneratedRegex(@"^AspNetCoreGeneratedDocument\.(?<room>[A-Z][A-Za-z]*)_", RegexOptions.ExplicitCapture)]
    private static partial Regex ViewName();

    [GeneratedRegex(@"\bCrm\.(?<room>[A-Z][A-Za-z]*)\b(?=\.|;|\s)", RegexOptions.ExplicitCapture)]
    private static partial Regex NamedRoom();
}
