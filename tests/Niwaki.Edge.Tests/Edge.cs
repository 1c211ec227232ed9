namespace Niwaki.Edge.Tests;

/// <summary>Runs the program within the test's process.</summary>
internal static class Edge
{
    public static EdgeSession Session(TextWriter? errors = null) => new(TextWriter.Null, errors ?? TextWriter.Null, TimeProvider.System, TestContext.Current.CancellationToken);

    public static (int Code, string Output, string Errors) Run(params string[] args)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var code = new EdgeApp(new EdgeSession(output, errors, TimeProvider.System, TestContext.Current.CancellationToken)).Run(args);
        return (code, output.ToString(), errors.ToString());
    }
}
