using System.IO.Compression;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Crm.Tests.Startup;

/// <summary>
/// What a published copy has compiled in advance is what the program runs through when it starts. A name that is there no more costs
/// nothing but time: this tells when the profile is to be made anew, as a-start.md says.
/// </summary>
public sealed class StartProfileTests
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    [Fact]
    public void The_profile_of_a_start_names_methods_that_the_program_has()
    {
        using var zip = ZipFile.OpenRead(Path.Combine(Repository.Root, "app/start.mibc"));
        using var packed = zip.GetEntry("start.mibc.dll")!.Open();
        using var whole = new MemoryStream();
        packed.CopyTo(whole);
        whole.Position = 0;
        using var file = new PEReader(whole);
        var reader = file.GetMetadataReader();

        var named = reader.MemberReferences.Select(reader.GetMemberReference)
            .Select(m => (Type: NameOf(reader, m.Parent), Method: reader.GetString(m.Name)))
            .Where(m => m.Type.Assembly == "Enrolment").ToList();
        var there = named.Count(m => typeof(EnrolmentApp).Assembly.GetType(m.Type.Name)?.GetMembers(All)
            .Any(member => member is MethodBase && member.Name == m.Method) == true);

        Assert.True(named.Count > 1000, $"Only {named.Count} methods of the program are named.");
        Assert.True(there > 0.85 * named.Count, $"Of {named.Count} methods {there} are left.");
        Assert.Contains(named, m => m.Type.Name == typeof(EnrolmentApp).FullName);
    }

    private static (string Assembly, string Name) NameOf(MetadataReader reader, EntityHandle handle)
    {
        if (handle.Kind != HandleKind.TypeReference) return ("", "");
        var type = reader.GetTypeReference((TypeReferenceHandle)handle);
        var (space, name) = (reader.GetString(type.Namespace), reader.GetString(type.Name));
        if (type.ResolutionScope.Kind == HandleKind.AssemblyReference)
            return (reader.GetString(reader.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope).Name),
                space.Length == 0 ? name : $"{space}.{name}");
        var outer = NameOf(reader, type.ResolutionScope);
        return (outer.Assembly, $"{outer.Name}+{name}");
    }
}
