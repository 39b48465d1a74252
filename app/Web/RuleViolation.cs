namespace Crm.Web;

/// <summary>A request that the rules refuse. <see cref="Field"/> names the form field at fault, or is empty for the whole form.</summary>
public sealed class RuleViolation(string field, string message) : Exception(message)
{
    public string Field { get; } = field;

    public RuleViolation(string message) : this("", message) { }
}
