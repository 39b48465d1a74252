namespace Crm.Institute;

/// <summary>A request that the rules refuse. <see cref="Field"/> names the form field at fault, or is empty for the whole form.</summary>
public sealed class Refusal(string field, string message) : Exception(message)
{
    public string Field { get; } = field;

    public Refusal(string message) : this("", message) { }
}
