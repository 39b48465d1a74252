using Crm.Institute;

namespace Crm.Accounts;

/// <summary>What staff are called where a name alone may not tell who is meant.</summary>
public static class StaffNames
{
    /// <param name="staff">All among whom one is to be told, also those who have left.</param>
    /// <returns>By id: the name, with the address behind it where another's name reads the same.</returns>
    public static IReadOnlyDictionary<Guid, string> Of(IEnumerable<User> staff) =>
        staff.GroupBy(u => ReadingOrder.KeyOf(u.Name)).SelectMany(same => same.Select(u => (User: u, IsOnly: same.Count() == 1)))
            .ToDictionary(u => u.User.Id, u => u.IsOnly ? u.User.Name : $"{u.User.Name} ({u.User.Email})");

    /// <returns>Ids and names to choose from, in the order in which they are read.</returns>
    public static IReadOnlyList<(string Value, string Text)> Choices(IEnumerable<User> staff) =>
        [.. Of(staff).Select(name => (name.Key.ToString(), name.Value)).InReadingOrder(choice => choice.Value)];
}
