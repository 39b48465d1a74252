using System.Text.RegularExpressions;
using Crm.Institute;

namespace Crm.Imports;

/// <summary>What a column of a file can be.</summary>
public enum Field
{
    /// <summary>Kept on the lead as text, under its heading.</summary>
    Keep, Name, FirstName, LastName, Phone, Email, Course, Date, Source, Campaign, Counsellor, Note, Skip,
}

/// <summary>What the columns of a file are called, in English, in Malayalam, and as offices and advertisers are used to.</summary>
public static partial class Columns
{
    // Another person's name or number, or something else of that name: better kept as text than taken for the student's.
    private static readonly string[] OfOthers =
    [
        "father", "mother", "parent", "guardian", "husband", "wife", "spouse", "emergency", "college", "school", "company", "institution",
        "file", "user", "bank", "branch", "form", "ad", "adset", "ads", "staff", "counsellor", "counselor", "telecaller", "owner",
    ];

    private static readonly string[] OtherDates =
    [
        "birth", "dob", "follow", "followup", "next", "call", "callback", "joining", "join", "end", "due", "payment", "paid", "exam",
        "modified", "updated", "last", "admission",
    ];

    private static readonly (Field Field, string[] Words, string[] Not)[] Known =
    [.. new (Field Field, string[] Words, string[] Not)[]
    {
        (Field.FirstName, ["first name", "given name", "firstname"], OfOthers),
        (Field.LastName, ["last name", "surname", "family name", "lastname"], OfOthers),
        (Field.Email, ["email", "e mail", "mail", "mailid", "emailid", "gmail", "ഇമെയില്", "മെയില്"], OfOthers),
        (Field.Counsellor,
            ["counsellor", "counselor", "counsellor name", "counselor name", "telecaller", "assigned to", "handled by", "lead owner"],
            [
                "id", "phone", "mobile", "number", "no", "email", "remark", "remarks", "note", "notes", "comment", "comments", "date",
                "call",
            ]),
        (Field.Campaign, ["campaign", "campaign name", "utm campaign"], ["id"]),
        (Field.Source,
            ["source", "ref by", "refby", "referred", "referred by", "referral", "reference", "ref", "how did you", "heard", "platform",
                "channel", "came through", "ഉറവിടം"],
            ["id", "no", "number"]),
        (Field.Phone,
            ["phone", "phones", "mob", "mobile", "cell", "contact", "contact no", "contact number", "whatsapp", "whats app", "wa no", "tel",
                "telephone", "ph", "phone number", "number", "ഫോണ്", "മൊബൈല്", "നമ്പര്", "വാട്സ്ആപ്പ്", "വാട്സാപ്പ്", "വാട്ട്സ്ആപ്പ്"],
            [.. OfOthers, "person", "id", "roll", "register", "reg", "admission", "sl", "serial", "date", "time", "by", "status"]),
        (Field.Course, ["course", "courses", "program", "programme", "interested in", "interest", "enquired for", "കോഴ്സ്", "പഠനം"],
            ["fee", "id", "completed", "duration"]),
        (Field.Date,
            ["date", "timestamp", "created", "created time", "created at", "received", "enquired on", "enquiry date", "submitted",
                "തീയതി", "തിയതി", "തീയ്യതി"],
            [.. OtherDates, "by", "id"]),
        (Field.Note,
            ["remark", "remarks", "note", "notes", "comment", "comments", "message", "query", "question", "questions", "ask", "feedback",
                "കുറിപ്പ്", "അഭിപ്രായം", "വിവരണം"],
            []),
        (Field.Name,
            ["name", "names", "student", "candidate", "applicant", "fullname", "full name", "learner", "പേര്", "പേരു", "വിദ്യാര്ത്ഥി"],
            [.. OfOthers, "course", "campaign", "batch", "id", "no", "mobile", "phone", "status", "qualification"]),
    }.Select(k => (k.Field, k.Words.Select(Folded).ToArray(), k.Not))];

    /// <summary>What a heading is used for; null where it tells nothing.</summary>
    /// <param name="courseWord">What this institute calls a course.</param>
    public static Field? OfHeading(string heading, Noun courseWord)
    {
        var text = Folded(heading);
        if (text.Length == 0) return null;
        var words = text.Split(' ');
        if (text == Folded(courseWord.One) || text == Folded(courseWord.Many)) return Field.Course;
        foreach (var (field, known, not) in Known)
            if (known.Any(k => Has(text, k)) && !words.Any(w => IsOneOf(w, not))) return field;
        return null;
    }

    /// <summary>Whether a heading says that something else stands below it than it holds: a father's number, a day of birth.</summary>
    public static bool IsOfSomethingElse(string heading) =>
        Folded(heading).Split(' ').Any(w => w == "id" || IsOneOf(w, OfOthers) || IsOneOf(w, OtherDates));

    /// <summary>Small letters and digits of any script, with single spaces between words: by it headings are the same.</summary>
    public static string Folded(string text) => PersonName.FoldForSearch(Between().Replace(text, " "));

    // "Father's" is folded to "fathers".
    private static bool IsOneOf(string word, string[] words) => words.Contains(word) || words.Contains(word.TrimEnd('s'));

    private static bool Has(string text, string words) => $" {text} ".Contains($" {words} ", StringComparison.Ordinal);

    // full_name, phoneNumber, Ref-By
    [GeneratedRegex(@"[_\-/.:]+|(?<=[a-z])(?=[A-Z])", RegexOptions.None, 1000)]
    private static partial Regex Between();
}
