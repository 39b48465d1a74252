namespace Crm.Web;

/// <summary>What is wrong with the installation, in sentences, as it was last looked at: managers see it on every page.</summary>
public sealed class Worries
{
    private volatile IReadOnlyList<string> _now = [];

    public IReadOnlyList<string> Now
    {
        get => _now;
        set => _now = value;
    }
}
