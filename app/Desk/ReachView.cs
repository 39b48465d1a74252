using Crm.Institute;
using Crm.People;

namespace Crm.Desk;

/// <summary>By what a person can be reached, and what they do not want.</summary>
/// <param name="Key">Presses the call in the queue; null elsewhere.</param>
public sealed record ReachView(Person Person, PhoneNumber Phone, string Says, string? Key = null);
