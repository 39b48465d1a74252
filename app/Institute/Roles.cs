namespace Crm.Institute;

/// <summary>What a person may do. A manager may do all that a counsellor may.</summary>
public static class Roles
{
    public const string Counsellor = "counsellor";
    public const string Manager = "manager";

    /// <summary>The policy of pages that are for managers alone.</summary>
    public const string ManagerPolicy = "manager";
}
