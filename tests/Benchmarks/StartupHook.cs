using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using System.IO.Compression;
using System.Reflection;
using System.Reflection.Emit;

/// <summary>
/// What .NET runs before a program that is started with <c>DOTNET_STARTUP_HOOKS</c>: it hears which methods the program compiles, and
/// writes them down when it ends, as a profile (MIBC) by which a published copy has these, and no others, compiled in advance.
/// </summary>
/// <remarks>
/// The format is an assembly whose global methods name methods by <c>ldtoken</c>, in groups of those that need the same assemblies, and
/// one, <c>AssemblyDictionary</c>, that names the groups: src/coreclr/tools/dotnet-pgo in github.com/dotnet/runtime. Generic methods are
/// left out: they come with those that call them. It is packed as a ZIP, which the compiler reads as well.
/// </remarks>
#pragma warning disable CA1050, MA0047 // .NET looks for it without a namespace.
internal static class StartupHook
#pragma warning restore CA1050, MA0047
{
    /// <summary>The variable that says where the profile goes.</summary>
    public const string File = "ENROLMENT_PROFILE";

    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(File) is not { Length: > 0 } file) return;
        var listener = new CompiledMethods();
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            Thread.Sleep(TimeSpan.FromSeconds(1)); // what the runtime tells comes a moment later
            Save(file, Resolve(listener.Seen).Distinct());
        };
    }

    private static IEnumerable<MethodBase> Resolve(IEnumerable<(string Type, int Token)> seen)
    {
        var types = AppDomain.CurrentDomain.GetAssemblies().Where(IsPublished).SelectMany(TypesOf).ToLookup(t => t.FullName!);
        return
            from one in seen.Order()
            from type in types[one.Type]
            where !type.ContainsGenericParameters && type.Namespace != typeof(Crm.Demo.DemoSeed).Namespace
            from method in type.GetMembers(All).OfType<MethodBase>()
            where method.MetadataToken == one.Token && !method.ContainsGenericParameters
            select method;
    }

    // What comes with .NET is compiled in advance already; and of the benchmarks nothing is published.
    private static bool IsPublished(Assembly assembly) => !assembly.IsDynamic && assembly != typeof(StartupHook).Assembly
        && Path.GetDirectoryName(assembly.Location) == Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);

    // MimeKit has types that need a library which is left out: those are never loaded, and cannot be named.
    private static IEnumerable<Type> TypesOf(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException e)
        {
            return e.Types.OfType<Type>();
        }
    }

    private static void Save(string file, IEnumerable<MethodBase> methods)
    {
        var assembly = new PersistedAssemblyBuilder(new AssemblyName(Path.GetFileName(file)), typeof(object).Assembly);
        var module = assembly.DefineDynamicModule(Path.GetFileName(file));
        var groups = Global(module, "AssemblyDictionary");
        foreach (var group in methods.GroupBy(m => m.Module.Assembly.GetName().Name!).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var members = Global(module, "Assemblies_" + group.Key);
            foreach (var method in group)
            {
                members.GetILGenerator().Emit(OpCodes.Ldtoken, TokenIn(module, method));
                members.GetILGenerator().Emit(OpCodes.Pop);
            }
            members.GetILGenerator().Emit(OpCodes.Ret);
            groups.GetILGenerator().Emit(OpCodes.Ldstr, group.Key + ";");
            groups.GetILGenerator().Emit(OpCodes.Ldtoken, members);
            groups.GetILGenerator().Emit(OpCodes.Pop);
        }
        groups.GetILGenerator().Emit(OpCodes.Ret);
        module.CreateGlobalFunctions();
        using var zip = new ZipArchive(System.IO.File.Create(file), ZipArchiveMode.Create);
        using var entry = zip.CreateEntry(Path.GetFileName(file) + ".dll", CompressionLevel.SmallestSize).Open();
        assembly.Save(entry);
    }

    private static int TokenIn(ModuleBuilder module, MethodBase method) => method is ConstructorInfo constructor
        ? module.GetMethodMetadataToken(constructor)
        : module.GetMethodMetadataToken((MethodInfo)method);

    private static MethodBuilder Global(ModuleBuilder module, string name) =>
        module.DefineGlobalMethod(name, MethodAttributes.Public | MethodAttributes.Static, typeof(void), []);

    private sealed class CompiledMethods : EventListener
    {
        private const EventKeywords Compiling = (EventKeywords)0x10;
        private const long Dynamic = 1, Compiled = 8;

        private readonly ConcurrentDictionary<(string, int), byte> _seen = new();

        public IReadOnlyCollection<(string Type, int Token)> Seen => [.. _seen.Keys];

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "Microsoft-Windows-DotNETRuntime") EnableEvents(eventSource, EventLevel.Verbose, Compiling);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventName?.StartsWith("MethodLoadVerbose", StringComparison.Ordinal) != true) return;
            object Told(string name) => eventData.Payload![eventData.PayloadNames!.IndexOf(name)]!;
            var flags = Convert.ToInt64(Told("MethodFlags"));
            if ((flags & Dynamic) == 0 && (flags & Compiled) != 0)
                _seen[((string)Told("MethodNamespace"), Convert.ToInt32(Told("MethodToken")))] = 0;
        }
    }
}
