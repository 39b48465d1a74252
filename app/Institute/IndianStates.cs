namespace Crm.Institute;

/// <summary>The states and territories of India by the two digits that tax law knows them by.</summary>
public static class IndianStates
{
    /// <summary>Who lives outside India.</summary>
    public const string Abroad = "96";

    private static readonly Dictionary<string, string> Names = new()
    {
        ["01"] = "Jammu and Kashmir",
        ["02"] = "Himachal Pradesh",
        ["03"] = "Punjab",
        ["04"] = "Chandigarh",
        ["05"] = "Uttarakhand",
        ["06"] = "Haryana",
        ["07"] = "Delhi",
        ["08"] = "Rajasthan",
        ["09"] = "Uttar Pradesh",
        ["10"] = "Bihar",
        ["11"] = "Sikkim",
        ["12"] = "Arunachal Pradesh",
        ["13"] = "Nagaland",
        ["14"] = "Manipur",
        ["15"] = "Mizoram",
        ["16"] = "Tripura",
        ["17"] = "Meghalaya",
        ["18"] = "Assam",
        ["19"] = "West Bengal",
        ["20"] = "Jharkhand",
        ["21"] = "Odisha",
        ["22"] = "Chhattisgarh",
        ["23"] = "Madhya Pradesh",
        ["24"] = "Gujarat",
        ["26"] = "Dadra and Nagar Haveli and Daman and Diu",
        ["27"] = "Maharashtra",
        ["29"] = "Karnataka",
        ["30"] = "Goa",
        ["31"] = "Lakshadweep",
        ["32"] = "Kerala",
        ["33"] = "Tamil Nadu",
        ["34"] = "Puducherry",
        ["35"] = "Andaman and Nicobar Islands",
        ["36"] = "Telangana",
        ["37"] = "Andhra Pradesh",
        ["38"] = "Ladakh",
        [Abroad] = "Other country",
        ["97"] = "Other territory",
    };

    // Without a legislature of their own, their half of the tax is the union's.
    private static readonly HashSet<string> OfTheUnion = ["04", "26", "31", "35", "38"];

    /// <summary>Codes and names to choose from, by name.</summary>
    public static IEnumerable<(string Value, string Text)> Choices =>
        Names.OrderBy(s => s.Value, StringComparer.Ordinal).Select(s => (s.Key, s.Value));

    public static bool Has(string code) => Names.ContainsKey(code);

    /// <summary>"Kerala (32)", as invoices name a place of supply.</summary>
    public static string NameOf(string code) => Names.TryGetValue(code, out var name) ? $"{name} ({code})" : code;

    /// <summary>What the second half of the tax is called in a state: SGST, or UTGST.</summary>
    public static string TaxOf(string code) => OfTheUnion.Contains(code) ? "UTGST" : "SGST";
}
