namespace Crm.Web;
/// <summary>Placeholder.</summary>
public static class Texts { }
