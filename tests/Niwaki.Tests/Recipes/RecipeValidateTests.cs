namespace Niwaki.Tests;

public sealed class RecipeValidateTests
{
    private static readonly Vocabulary Words = new(typeof(Sow).Assembly);

    private static Recipe Of(params ReadOnlySpan<RecipeStep> steps) => new("garden") { Steps = ValueList.Create(steps) };

    private static string ProblemOf(Recipe recipe) => Assert.Throws<StageException>(() => recipe.Validate(Words)).Message;

    [Fact]
    public void A_right_recipe_passes() =>
        Of(
            new RecipeStep("plant", new Sow()),
            new RecipeStep("small", new Cut(0.5)),
            new RecipeStep("cast", new Cast()),
            new RecipeStep("weight", new Weigh()),
            new RecipeStep("weight-of-plant", new Weigh()) { From = new("plant") },
            new RecipeStep("gate", new Gate { Budget = new() { MaxIoUDrop = 0.03 }, Teacher = new("weight-of-plant") }) { From = new("weight") }).Validate(Words);

    [Fact]
    public void A_wrong_order_is_told_with_the_step() =>
        Assert.Equal(
            "garden: step 'small' (cut): takes a torch-model, but 'cast' gives a onnx-model. Change the order of the steps, or give \"from\".",
            ProblemOf(Of(new("plant", new Sow()), new("cast", new Cast()), new("small", new Cut(0.5)))));

    [Fact]
    public void The_first_step_must_be_able_to_begin() =>
        Assert.Contains("step 'small' (cut): takes a torch-model, but 'start' gives a nothing.", ProblemOf(Of(new RecipeStep("small", new Cut(0.5)))));

    [Fact]
    public void A_stage_that_takes_an_interface_names_it_without_its_I() =>
        Assert.Contains("takes a model, but 'start' gives a nothing", ProblemOf(Of(new RecipeStep("weight", new Weigh()))));

    [Fact]
    public void An_unknown_step_is_told_with_the_nearest_name() =>
        Assert.Contains("step 'small' (cut): from 'plnat', which is no earlier step and no folder; did you mean 'plant'?", ProblemOf(Of(new("plant", new Sow()), new("small", new Cut(1)) { From = new("plnat") })));

    [Fact]
    public void A_step_cannot_refer_to_a_later_one() =>
        Assert.Contains("step 'a' (sow): refers to 'b', which runs later.", ProblemOf(Of(new("a", new Sow { Teacher = new("b") }), new("b", new Sow()))));

    [Fact]
    public void A_step_cannot_refer_to_itself() =>
        Assert.Contains("which runs at this step itself", ProblemOf(Of(new RecipeStep("a", new Sow { Teacher = new("a") }))));

    [Fact]
    public void A_reference_to_another_kind_is_told_before_anything_runs() =>
        Assert.Contains(
            "step 'gate' (gate): refers to 'plant', which gives a torch-model, where a measured is needed.",
            ProblemOf(Of(new("plant", new Sow()), new("weight", new Weigh()), new("gate", new Gate { Budget = new() { MinSpeedUp = 2 }, Teacher = new("plant") }))));

    [Fact]
    public void A_reference_inside_a_nested_stage_is_checked_too() =>
        Assert.Contains("step 'cast' (cast): refers to 'nobody'", ProblemOf(Of(new("plant", new Sow()), new("cast", new Cast { Inner = new Sow { Teacher = new("nobody") } }))));

    [Fact]
    public void Two_steps_of_one_name_are_told() =>
        Assert.Contains("step 'a' (sow): there is a step of that name already", ProblemOf(Of(new("a", new Sow()), new("a", new Sow()))));

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("a b")]
    public void A_name_that_cannot_be_a_folder_is_told(string name) =>
        Assert.Contains("the name cannot name a folder", ProblemOf(Of(new RecipeStep(name, new Sow()))));

    [Fact]
    public void The_name_start_is_taken() => Assert.Contains("'start' means the beginning", ProblemOf(Of(new RecipeStep("start", new Sow()))));

    [Fact]
    public void An_option_out_of_range_is_told_with_the_step() =>
        Assert.Contains("step 'plant' (sow): size is 0, but at least 1 is needed.", ProblemOf(Of(new RecipeStep("plant", new Sow { Size = 0 }))));

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_number_that_is_none_is_told_wherever_it_stands(double value) =>
        Assert.Contains($"step 'plant' (sow): layers[0].depth is {value}, but a finite number is needed.", ProblemOf(Of(new RecipeStep("plant", new Sow { Layers = [new ClaySoil { Depth = value }] }))));

    [Fact]
    public void A_budget_that_is_not_a_number_is_told_with_the_step() =>
        Assert.Contains(
            "step 'gate' (gate): budget: minMeanIoU is NaN, but a number from 0 to 1 is needed.",
            ProblemOf(Of(new("plant", new Sow()), new("weight", new Weigh()), new("gate", new Gate { Budget = new() { MinMeanIoU = double.NaN } }))));

    [Fact]
    public void Options_of_a_nested_stage_are_checked() =>
        Assert.Contains("step 'cast' (cast): size is -1", ProblemOf(Of(new("plant", new Sow()), new("cast", new Cast { Inner = new Sow { Size = -1 } }))));

    [Fact]
    public void A_recipe_without_steps_or_seeds_is_told()
    {
        Assert.Contains("has no steps", ProblemOf(new Recipe("x")));
        Assert.Contains("seeds is []", ProblemOf(Of(new RecipeStep("a", new Sow())) with { Seeds = [] }));
        Assert.Contains("seeds is [1, 1]", ProblemOf(Of(new RecipeStep("a", new Sow())) with { Seeds = [1, 1] }));
    }

    [Fact]
    public void An_unknown_kind_to_take_is_told() => Assert.Contains("takes 'tree', which is no artifact kind", ProblemOf(Of(new RecipeStep("a", new Sow())) with { Takes = "tree" }));

    [Fact]
    public void A_folder_that_is_no_artifact_is_told()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("is not an artifact", ProblemOf(Of(new RecipeStep("small", new Cut(1)) { From = new(folder.Path) })));
    }

    [Fact]
    public void The_builder_names_steps_numbers_them_and_branches()
    {
        var plant = Recipe.ForNothing.Then(new Sow());
        var weighed = plant.Then("cast", new Cast()).Then("weight", new Weigh());
        var both = weighed.From(plant).Then(new Cut(0.5)).Then(new Cut(0.25)).Then(new Weigh());
        var recipe = both.Then(new Gate { Budget = new() { MaxIoUDrop = 0.1 }, Teacher = weighed.Reference }).Recipe;
        recipe.Validate(Words);
        Assert.Equal(["sow", "cast", "weight", "cut", "cut-2", "weigh", "gate"], recipe.Steps.Select(step => step.Name));
        Assert.Equal([null, null, null, new ArtifactReference("sow"), null, null, null], recipe.Steps.Select(step => step.From));
    }

    [Fact]
    public void A_line_of_another_recipe_cannot_be_gone_on_from() =>
        Assert.Throws<ArgumentException>(() => Recipe.ForNothing.Then(new Sow()).From(Recipe.ForNothing.Then("other", new Sow())));
}
