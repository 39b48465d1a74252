using Crm.Accounts;

namespace Crm.Imports;

/// <summary>Which member of staff a file means by a name: "DIVYA MENON", "Menon, Divya", or "Divya" where one alone is called so.</summary>
/// <param name="active">Those who may sign in: nobody else can be given a lead.</param>
/// <param name="chosen">By the keys of names: who was chosen for them, null for nobody.</param>
public sealed class StaffMatch(IReadOnlyList<User> active, IReadOnlyDictionary<string, User?> chosen)
{
    private readonly Dictionary<string, User?> _byKey = active
        .SelectMany(u => KeysOf(u).Distinct().Select(k => (Key: k, User: u)))
        .GroupBy(x => x.Key).ToDictionary(g => g.Key, g => g.Count() == 1 ? g.First().User : null);

    /// <summary>By it names are the same: words in the order of the alphabet.</summary>
    public static string KeyOf(string name) => string.Join(' ',
        Columns.Folded(name.Replace(',', ' ')).Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));

    /// <returns>Who was chosen for a name, else the one of that name; null where there is none, or more than one.</returns>
    public User? Find(string name) => chosen.TryGetValue(KeyOf(name), out var user) ? user : Guess(name);

    /// <returns>The one of that name, whatever was chosen.</returns>
    public User? Guess(string name) => _byKey.GetValueOrDefault(KeyOf(name));

    /// <summary>Whether several are called so, and the name alone does not tell who is meant.</summary>
    public bool IsOfSeveral(string name) => _byKey.TryGetValue(KeyOf(name), out var one) && one is null;

    private static IEnumerable<string> KeysOf(User user) =>
        user.Name.Split(' ').Prepend(user.Email).Prepend(user.Name).Select(KeyOf).Where(k => k.Length > 1);
}
