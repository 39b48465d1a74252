namespace Crm.Institute;

/// <summary>What a person may do.</summary>
public static class Roles
{
    /// <summary>Works with leads: their own, or everybody's where the institute has it so.</summary>
    public const string Counsellor = "counsellor";

    /// <summary>May do all that there is.</summary>
    public const string Manager = "manager";

    /// <summary>Takes and gives money, and reads the reports; changes nothing of a lead.</summary>
    public const string Accountant = "accountant";

    /// <summary>Looks at what there is and changes nothing.</summary>
    public const string Reader = "reader";

    /// <summary>All of them, with what they are called, in the order in which they are chosen from.</summary>
    public static readonly IReadOnlyList<(string Role, string Words)> All =
        [(Counsellor, "Counsellor"), (Manager, "Manager"), (Accountant, "Accountant"), (Reader, "Read only")];

    /// <summary>The policy of pages that are for managers alone.</summary>
    public const string ManagerPolicy = "manager";

    /// <summary>Of pages that only lead to acts on leads: there is nothing on them to look at.</summary>
    public const string CounsellingPolicy = "counselling";

    /// <summary>Of what is done with money: all but those who only look.</summary>
    public const string MoneyPolicy = "money";

    /// <summary>Of reports and of the bank's statements: who only looks may read them.</summary>
    public const string BooksPolicy = "books";

    /// <summary>Of one's own account: whoever is signed in.</summary>
    public const string OwnPolicy = "own";

    public static bool IsKnown(string role) => All.Any(r => r.Role == role);

    public static string Words(string role) => All.FirstOrDefault(r => r.Role == role).Words ?? role;
}
