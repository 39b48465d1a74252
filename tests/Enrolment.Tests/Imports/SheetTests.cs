using System.Text;
using Crm.Courses;
using Crm.Imports;
using Crm.Institute;

namespace Crm.Tests.Imports;

/// <summary>What programs write is read as it was meant: encodings, separators, quotes, headings, dates, names of courses.</summary>
public sealed class SheetTests
{
    private static readonly Noun Word = new("course", "courses");

    [Theory]
    [InlineData("utf-8", false, ',', "\n")]
    [InlineData("utf-8", true, ';', "\r\n")]
    [InlineData("utf-16", true, '\t', "\r\n")]
    [InlineData("utf-16BE", true, ',', "\n")]
    [InlineData("windows-1252", false, ';', "\r")]
    public void Any_encoding_separator_and_line_end(string encoding, bool mark, char separator, string end)
    {
        var (name, note) = encoding == "windows-1252" ? ("Café – Kaloor", "“so”") : ("അഞ്ജലി", "“so”");
        var text = $"Name{separator}Note{end}\"{name}\"{separator}\"{note}, \"\"she\"\"{separator}{end}said\"{end}";
        var how = encoding == "utf-8" ? new UTF8Encoding(mark)
            : CodePagesEncodingProvider.Instance.GetEncoding(encoding) ?? Encoding.GetEncoding(encoding);

        using var file = DroppedFile.Open([.. mark ? how.Preamble : [], .. how.GetBytes(text)]);

        var rows = file.Rows("").ToList();
        Assert.Equal((1, 2), (rows[0].Number, rows[1].Number));
        Assert.Equal([name, $"{note}, \"she\"{separator}{end}said"], rows[1].Cells);
    }

    [Fact]
    public void Rows_of_a_workbook_that_tells_a_number_twice_or_backwards_are_all_there()
    {
        static string Row(string number, string name) => $"<row r=\"{number}\"><c t=\"inlineStr\"><is><t>{name}</t></is></c></row>";
        using var file = DroppedFile.Open(Xlsx.Of(
            Row("1", "Name") + Row("5", "Anu") + Row("5", "Binu") + Row("2", "Chitra") + Row("x", "Divya") + Row("20", "Elsa")));

        Assert.Equal(["1 Name", "5 Anu", "6 Binu", "7 Chitra", "8 Divya", "20 Elsa"],
            file.Rows("People").Select(r => $"{r.Number} {string.Join('|', r.Cells)}"));
    }

    [Fact]
    public void Liberties_that_programs_take_lose_nothing()
    {
        using var file = DroppedFile.Open(
            "sep=;\r\nName;Note\r\n\r\n  \"Anu\" ;5\" screen\r\nBinu;\"so\"-called\r\n;\r\nMeera;\r\n"u8.ToArray());

        Assert.Equal(["1 Name|Note", "3 Anu|5\" screen", "4 Binu|so-called", "6 Meera|"],
            file.Rows("").Select(r => $"{r.Number} {string.Join('|', r.Cells)}"));
    }

    [Theory]
    [InlineData("Mob No", Field.Phone)]
    [InlineData("Ph", Field.Phone)]
    [InlineData("Contact", Field.Phone)]
    [InlineData("WhatsApp number", Field.Phone)]
    [InlineData("phoneNumber", Field.Phone)]
    [InlineData("ഫോൺ നമ്പർ", Field.Phone)]
    [InlineData("മൊബൈൽ", Field.Phone)]
    [InlineData("Mail id", Field.Email)]
    [InlineData("E-mail", Field.Email)]
    [InlineData("ഇമെയിൽ", Field.Email)]
    [InlineData("പേര്", Field.Name)]
    [InlineData("Student Name", Field.Name)]
    [InlineData("First Name", Field.FirstName)]
    [InlineData("കോഴ്സ്", Field.Course)]
    [InlineData("Which course? (choose any)", Field.Course)]
    [InlineData("തീയതി", Field.Date)]
    [InlineData("created_time", Field.Date)]
    [InlineData("Ref By", Field.Source)]
    [InlineData("Remarks", Field.Note)]
    [InlineData("Father's Name", null)]
    [InlineData("Parent Mobile", null)]
    [InlineData("Date of Birth", null)]
    [InlineData("Next call date", null)]
    [InlineData("ad_name", null)]
    [InlineData("ad_id", null)]
    [InlineData("Qualification", null)]
    public void A_heading_is_known_by_the_usual_habits(string heading, Field? field) =>
        Assert.Equal(field, Columns.OfHeading(heading, Word));

    [Theory]
    [InlineData("21-09-2026", null, "2026-09-21T00:00:00")]
    [InlineData("4/24/2026 18:02:57", null, "2026-04-24T18:02:57")]
    [InlineData("4/5/26", DateOrder.DayFirst, "2026-05-04T00:00:00")]
    [InlineData("4/5/2026", DateOrder.MonthFirst, "2026-04-05T00:00:00")]
    [InlineData("5.5.2026", null, "2026-05-05T00:00:00")]
    [InlineData("2026-06-02", null, "2026-06-02T00:00:00")]
    [InlineData("12-Nov-26", null, "2026-11-12T00:00:00")]
    [InlineData("Nov 12, 2026 4:05 PM", null, "2026-11-12T16:05:00")]
    [InlineData("45810", null, "2025-06-02T00:00:00")]
    [InlineData("4/5/2026", null, null)]
    [InlineData("31/02/2026", DateOrder.DayFirst, null)]
    [InlineData("tomorrow", DateOrder.DayFirst, null)]
    [InlineData("1/1/1900", DateOrder.DayFirst, null)]
    public void A_date_is_read_as_it_was_written(string cell, DateOrder? order, string? day) =>
        Assert.Equal(day, DateCells.Read(cell, order).Local?.ToString("s"));

    [Theory]
    [InlineData("cpc ", "CPC")]
    [InlineData("C.P.C", "CPC")]
    [InlineData("CPC Exam", "CPC")]
    [InlineData("cpc_exam_preparation", "CPC")]
    [InlineData("ccs", "CCS")]
    [InlineData("Foundation", null)]
    [InlineData("not_sure", null)]
    [InlineData("", null)]
    public void A_course_is_found_by_what_people_call_it(string name, string? code) => Assert.Equal(code, Match().Guess(name)?.Code);

    [Fact]
    public void Several_courses_stand_in_a_cell_where_a_part_of_it_is_one() => Assert.Equal(
        [["CPC Exam", "CCS"], ["Billing, Coding"], ["CPC", "pottery"], [""]],
        new[] { "CPC Exam, CCS", "Billing, Coding", "CPC / pottery", "  " }.Select(Match().NamesIn));

    private static CourseMatch Match() => new(
        [
            new Course { Id = Guid.NewGuid(), Code = "CPC", Name = "CPC Examination Preparation" },
            new Course { Id = Guid.NewGuid(), Code = "CCS", Name = "CCS Examination Preparation" },
            new Course { Id = Guid.NewGuid(), Code = "FMC", Name = "Foundation in Medical Coding" },
        ], new Dictionary<string, Course?>());
}
