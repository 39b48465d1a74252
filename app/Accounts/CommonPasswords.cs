using Crm.Institute;
using Microsoft.AspNetCore.Identity;

namespace Crm.Accounts;

/// <summary>
/// Refuses passwords that are guessed first. Long enough ones are mostly a well-known word or two with figures behind, rows of keys,
/// numbers alone, or the name of somebody or of the institute. See app/Decisions/the-way-in.md.
/// </summary>
public sealed class CommonPasswords(CurrentInstitute institute) : IPasswordValidator<User>
{
    public const string Common = "This is one of the passwords that are tried first. Three or four words that have nothing to do with one "
        + "another are good.";
    public const string Figures = "Figures alone are guessed: phone numbers and dates are tried first.";
    public const string Own = "This is made of your name or the institute's, which are tried first.";

    private const int FewestLetters = 3, MostWords = 3, FewestDifferent = 4;

    // As they lie beside one another, each also backwards.
    private static readonly string[] Rows =
    [
        "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "qazwsxedcrfvtgbyhnujmikolp", "qweasdzxc", "asdfjkl",
    ];

    private static readonly HashSet<string> Words =
    [
        .. """
           password passwort passw pass pwd word secret welcome letmein login logon user guest admin administrator root master system server
           network internet computer laptop windows microsoft google android apple iphone samsung nokia sony lenovo intel oracle linux
           change changeme default temp temporary test testing tester trial sample hello hallo namaste namaskar vanakkam money rupee
           india indian hindustan bharat kerala malayalam malayali tamil tamilnadu karnataka andhra telangana maharashtra gujarat punjab
           delhi mumbai bombay chennai madras kolkata calcutta bangalore bengaluru hyderabad kochi cochin trivandrum thrissur calicut
           kozhikode kannur kottayam kollam palakkad alappuzha ernakulam aluva dubai abudhabi qatar kuwait gulf
           cricket football kohli virat sachin tendulkar dhoni rohit ronaldo messi arsenal chelsea liverpool barcelona madrid united
           mohanlal mammootty rajini rajinikanth vijay shahrukh salman amitabh bahubali krishna shiva shivam ganesh ganesha lakshmi
           saraswati durga ayyappa swami sairam saibaba jaihind jesus christ jesuschrist allah bismillah inshallah god godisgreat
           love iloveyou loveyou ilove you lovely lover darling sweetheart sweety baby babygirl princess prince angel heart forever
           family mother father mummy daddy amma appa achan chechi sister brother friend friends friendship bestfriend
           sunshine flower rose lotus butterfly rainbow star superstar sunday monday tuesday wednesday thursday friday saturday
           january february march april may june july august september october november december summer winter spring autumn monsoon
           dragon monkey tiger lion eagle elephant horse shadow batman superman spiderman pokemon starwars matrix phoenix ninja samurai
           killer hunter ranger soldier warrior champion winner lucky freedom power nothing anything whatever trustno access security
           qwerty qwertyuiop azerty asdf asdfgh zxcv zxcvbn zxcvbnm abc abcd abcde abcdef abcdefgh aaa xxx
           chocolate coffee cookie banana orange mango biryani pepper ginger summer ice cream
           school college student students teacher exam study learn learning class course training academy institute education university
           office manager staff employee company business account accounts counsellor reception coder coding medical hospital doctor nurse
           enrolment enrollment crm lead leads sales admission admissions
           john michael jordan jennifer ashley daniel robert thomas george charlie jessica nicole anthony rahul anu arun amal anil
           vishnu arjun abhishek priya divya deepak sanjay suresh ramesh rajesh mahesh kumar singh sharma patel nair menon
           """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries),
    ];

    public Task<IdentityResult> ValidateAsync(UserManager<User> manager, User user, string? password) => Task.FromResult(
        WhyNot(password ?? "", [user.Name, user.Email, institute.Profile.Name]) is { } why
            ? IdentityResult.Failed(new IdentityError { Code = "PasswordCommon", Description = why })
            : IdentityResult.Success);

    /// <param name="own">What its owner and the institute are called.</param>
    /// <returns>Why a password is guessed first, in a sentence; null where it is not.</returns>
    public static string? WhyNot(string password, IEnumerable<string> own)
    {
        if (!password.Any(char.IsLetter)) return password.Any(char.IsLetterOrDigit) ? Figures : Common;
        var letters = Plain(password);
        if (letters.Distinct().Count() < FewestDifferent || IsRow(letters)) return Common;
        if (IsMadeOf(letters, Words, MostWords)) return Common;
        // An address is one as a whole, too. Its sign parts words, or stands for a letter.
        var names = own.SelectMany(o => o.Split(' ', '.', '_', '-', ',', '@').Append(o)).Select(Plain)
            .Where(n => n.Length >= FewestLetters);
        HashSet<string> known = [.. Words, .. names];
        return IsMadeOf(letters, known, MostWords) || IsMadeOf(Plain(password.Replace("@", "")), known, MostWords) ? Own : null;
    }

    // Without what stands around a word, and with figures inside it read as the letters that they stand for.
    private static string Plain(string text)
    {
        var inner = text.ToLowerInvariant().SkipWhile(c => !char.IsLetter(c)).Reverse().SkipWhile(c => !char.IsLetter(c)).Reverse();
        return string.Concat(inner.Select(Letter).Where(char.IsLetter));
    }

    private static char Letter(char c) => c switch
    {
        '0' => 'o',
        '1' or '!' => 'i',
        '3' => 'e',
        '4' or '@' => 'a',
        '5' or '$' => 's',
        '7' => 't',
        _ => c,
    };

    private static bool IsRow(string letters) => Rows.Any(row =>
    {
        var around = string.Concat(Enumerable.Repeat(row, 1 + letters.Length / row.Length + 1));
        return around.Contains(letters, StringComparison.Ordinal)
            || string.Concat(around.Reverse()).Contains(letters, StringComparison.Ordinal);
    });

    // Which of its beginnings are made of how few words.
    private static bool IsMadeOf(string letters, HashSet<string> words, int most)
    {
        var fewest = new int[letters.Length + 1];
        for (var end = 1; end <= letters.Length; end++)
        {
            fewest[end] = int.MaxValue;
            for (var start = 0; start < end; start++)
                if (fewest[start] < most && words.Contains(letters[start..end])) fewest[end] = Math.Min(fewest[end], fewest[start] + 1);
        }
        return fewest[letters.Length] <= most;
    }
}
