namespace Crm.Web;

/// <summary>What is unusual and may be right all the same is asked about once.</summary>
public static class AskedOnce
{
    /// <summary>Refuses a form with a question beside a field. Sent again about the same, it is taken.</summary>
    /// <param name="about">What is asked about, as the form carries it along.</param>
    /// <param name="then">What to do where it is right.</param>
    public static void Ask(
        this Form form, string field, string about, string question, string then = "If that is right, send it again.")
    {
        var asked = Form.AskedAbout(field);
        if (form[asked] == about) return;
        form[asked] = about;
        form.Refuse(field, $"{question} {then}");
    }
}
