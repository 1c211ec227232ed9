using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Puts what a file's own functions compute in the place of their calls, so that passes and quantization see convolutions and products there.
/// A function written in another operator set than the graph stays a call.
/// </summary>
internal sealed class LocalFunctions
{
    private const int Deepest = 64;
    private const int MostNodes = 1 << 20;
    private readonly ModelProto model;
    private readonly Dictionary<(string Domain, string Name, string Overload), FunctionProto> functions = [];
    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private readonly string where;
    private int calls;
    private int nodes;

    private LocalFunctions(ModelProto model, string where)
    {
        (this.model, this.where) = (model, where);
        foreach (var function in model.Functions)
            functions[(function.Domain, function.Name, function.Overload)] = function;
    }

    /// <summary>Changes the graph in place.</summary>
    /// <returns>How many calls are gone.</returns>
    /// <exception cref="StageException">Functions that call themselves.</exception>
    public static int Inline(ModelProto model, string where)
    {
        if (model.Functions.Count == 0)
            return 0;
        var inlining = new LocalFunctions(model, where);
        inlining.Collect(model.Graph);
        inlining.Expand(model.Graph, 0);
        inlining.Drop();
        return inlining.calls;
    }

    /// <summary>Whether a file says itself how this node is computed.</summary>
    public static bool Defines(ModelProto model, NodeProto node) =>
        model.Functions.Any(function => function.Domain == node.Domain && function.Name == node.OpType && function.Overload == node.Overload);

    private void Collect(GraphProto graph)
    {
        names.UnionWith(graph.Input.Concat(graph.Output).Select(value => value.Name));
        names.UnionWith(graph.Initializer.Select(tensor => tensor.Name));
        foreach (var node in graph.Node)
        {
            names.UnionWith(node.Output);
            names.Add(node.Name);
            foreach (var nested in node.Nested())
                Collect(nested);
        }
    }

    private void Expand(GraphProto graph, int depth)
    {
        var expanded = graph.Node.SelectMany(node => Expand(node, depth)).ToArray();
        graph.Node.Clear();
        graph.Node.AddRange(expanded);
    }

    private IEnumerable<NodeProto> Expand(NodeProto node, int depth)
    {
        if (++nodes > MostNodes || depth > Deepest)
            throw new StageException($"{where}: its functions call each other more than {Deepest} deep, or make more than {MostNodes} nodes ({node.Domain}.{node.OpType}). The file is damaged: export it again.");
        foreach (var nested in node.Nested())
            Expand(nested, depth);
        if (!functions.TryGetValue((node.Domain, node.OpType, node.Overload), out var function) || !Agrees(function))
            return [node];
        calls++;
        return Body(node, function).SelectMany(each => Expand(each, depth + 1)).ToArray();
    }

    // operators mean in both what they say, and sets that only the function names can be added
    private bool Agrees(FunctionProto function) => function.OpsetImport.All(import =>
        model.OpsetImport.All(other => Domain(other.Domain) != Domain(import.Domain) || other.Version == import.Version));

    private List<NodeProto> Body(NodeProto call, FunctionProto function)
    {
        foreach (var import in function.OpsetImport.Where(import => model.OpsetImport.All(other => Domain(other.Domain) != Domain(import.Domain))))
            model.OpsetImport.Add(import.Clone());
        var map = new Dictionary<string, string>(StringComparer.Ordinal) { [string.Empty] = string.Empty };
        for (var i = 0; i < function.Input.Count; i++)
            map[function.Input[i]] = i < call.Input.Count ? call.Input[i] : string.Empty;
        var body = new List<NodeProto>();
        for (var i = 0; i < function.Output.Count; i++)
        {
            var given = i < call.Output.Count && call.Output[i].Length > 0 ? call.Output[i] : null;
            // an output that is an input as well
            if (map.TryGetValue(function.Output[i], out var passed))
                body.Add(new NodeProto { OpType = "Identity", Name = Fresh($"{call.Name}/pass"), Input = { passed }, Output = { given ?? Fresh($"{call.Name}/{function.Output[i]}") } });
            else
                map[function.Output[i]] = given ?? Fresh($"{call.Name}/{function.Output[i]}");
        }

        var prefix = call.Name.Length > 0 ? call.Name : $"{call.OpType}_{call.Output.FirstOrDefault()}";
        foreach (var node in function.Node)
        {
            var copy = node.Clone();
            Rename(copy, map, prefix);
            Bind(copy, call, function);
            body.Add(copy);
        }

        return body;
    }

    private void Rename(NodeProto node, Dictionary<string, string> map, string prefix)
    {
        if (node.Name.Length > 0)
            node.Name = Fresh($"{prefix}/{node.Name}");
        foreach (var value in node.Input.Concat(node.Output).Where(value => !map.ContainsKey(value)))
            map[value] = Fresh($"{prefix}/{value}");
        for (var i = 0; i < node.Input.Count; i++)
            node.Input[i] = map[node.Input[i]];
        for (var i = 0; i < node.Output.Count; i++)
            node.Output[i] = map[node.Output[i]];
        foreach (var graph in node.Nested())
        {
            foreach (var value in graph.Input.Concat(graph.Output).Concat(graph.ValueInfo))
                value.Name = Mapped(value.Name);
            foreach (var tensor in graph.Initializer)
                tensor.Name = Mapped(tensor.Name);
            foreach (var inner in graph.Node)
                Rename(inner, map, prefix);
        }

        string Mapped(string name) => map.TryGetValue(name, out var known) ? known : map[name] = Fresh($"{prefix}/{name}");
    }

    // what the call says, or the function's default; an attribute that neither gives has the operator's own
    private static void Bind(NodeProto node, NodeProto call, FunctionProto function)
    {
        foreach (var attribute in node.Attribute.Where(attribute => attribute.RefAttrName.Length > 0).ToArray())
        {
            var place = node.Attribute.IndexOf(attribute);
            node.Attribute.RemoveAt(place);
            if ((call.Attribute.FirstOrDefault(given => given.Name == attribute.RefAttrName) ?? function.AttributeProto.FirstOrDefault(given => given.Name == attribute.RefAttrName)) is not { } found)
                continue;
            var bound = found.Clone();
            bound.Name = attribute.Name;
            node.Attribute.Insert(place, bound);
        }

        foreach (var inner in node.Nested().SelectMany(graph => graph.Node))
            Bind(inner, call, function);
    }

    private void Drop()
    {
        var called = new HashSet<(string, string, string)>();
        var domains = new HashSet<string>(StringComparer.Ordinal) { string.Empty };
        void See(IEnumerable<NodeProto> all)
        {
            foreach (var node in all)
            {
                domains.Add(Domain(node.Domain));
                if (called.Add((node.Domain, node.OpType, node.Overload)) && functions.TryGetValue((node.Domain, node.OpType, node.Overload), out var function))
                    See(function.Node);
                See(node.Nested().SelectMany(graph => graph.Node));
            }
        }

        See(model.Graph.Node);
        foreach (var function in model.Functions.Where(function => !called.Contains((function.Domain, function.Name, function.Overload))).ToArray())
        {
            model.Functions.Remove(function);
            foreach (var import in model.OpsetImport.Where(import => import.Domain == function.Domain && !domains.Contains(Domain(import.Domain))).ToArray())
                model.OpsetImport.Remove(import);
        }
    }

    private string Fresh(string wish)
    {
        var name = wish;
        for (var i = 1; !names.Add(name); i++)
            name = $"{wish}_{i}";
        return name;
    }

    private static string Domain(string domain) => domain == "ai.onnx" ? string.Empty : domain;
}
