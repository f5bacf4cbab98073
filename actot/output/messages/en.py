"""Every text in English, and which texts there are.

`{runs:run|runs}` is a number with its noun: `1 run`, `3 runs`.
"""


class English:
    """The texts by name. Another language overrides them."""

    language = "English"

    # Verdicts: their words and reasons.
    word_improved = "improved"
    word_regressed = "regressed"
    word_same = "same"
    word_within_noise = "within noise"
    word_not_comparable = "not comparable"
    reason_clear = "the interval is clear of noise"
    reason_inside = "the whole interval lies within ±{matters}, the smallest change that matters"
    reason_too_small = "certain, but smaller than {matters}, the smallest change that matters"
    reason_noise = "a change under {detectable} is invisible here; {seeds}"
    reason_not_held = "the interval excludes 0, but not after correction for several comparisons (adjusted p {p}); a change under {detectable} is invisible here; {seeds}"
    reason_diverged = "diverged at step {step}"
    reason_no_data = "no data in {run}: {missing}"
    reason_few_points = "too few points ({n}; at least {least} are needed)"
    reason_not_positive = "a value of {value} is not positive, so a relative change means nothing"
    reason_other_knob = "another {knob}: {run} against {base}"
    reason_other_eval_set = "another evaluation set: {metric} is {run} against {base}"
    reason_too_short = "{run} ended at step {end}, before half of the other's budget of {budget}"
    reason_no_direction = "{metric} has no better or worse"
    reason_policy_independent = (
        "{metric} does not depend on the policy, so it says nothing about it"
    )
    reason_rescaled = "{metric} is rescaled by the changed knob {knob}"
    reason_identical = "the {metric} curve is the same as that of {run}, point for point: it holds no evidence of its own"
    reason_no_count = "{run}: a rate of {rate} % without the number of rollouts ({knob}), or none of so many; log the counts as k and n beside it"
    reason_baseline_unusable = "the baseline {run} has no usable value: {reason}"
    reason_counted_rollouts = "{k} of {n} rollouts against {base_k} of {base_n} at the last evaluation; the spread between training seeds is not in this interval"
    reason_one_knob = "differs in {change} alone"
    reason_replicate = "a replicate: the same effective config"
    reason_last_point = "judged by the last point, whose error is the tail's scatter"
    reason_alias = "the same quantity under two names: {keys}"
    seeds_needed = "{n} seeds a side would settle a change of {matters}"
    seeds_unaffordable = "settling {matters} is not affordable (over {most} seeds a side), 3 seeds a side would show {three}"
    seeds_rollouts = (
        "about {needed} rollouts a side would settle {matters}, 100 a side would show {hundred}"
    )
    seeds_assumed = "seed noise is assumed, not measured"
    cut_at_step = "compared up to step {step}"

    # Absent figures.
    absence_not_logged = "not logged (looked for {keys}{near})"
    absence_proxy = "logged only as a proxy: {key} is another quantity (looked for {keys})"
    absence_nonfinite = "all {n} logged points of {key} are NaN or Inf"
    absence_before_first_eval = "the run ended at step {end}, before the first eval at step {step}"
    absence_zeros = "{key} is exactly 0.0 at all {n} points: not measured, not perfect"
    absence_no_shared_step = "{keys} were never logged on the same step"
    absence_no_knob = "needs the knob {knob}, whose value here is {value}"
    absence_no_best = "{metric} has no better or worse, so no best"
    absence_zero_first = "the first value of {key} is 0, so there is no relative change"
    absence_zero_median = "the median of {key} is 0, so there is no relative jitter"
    absence_too_few = "too few points ({n}) for a slope or jitter"
    nearest_logged = "; nearest logged: {keys}"

    # Causes.
    evidence_carried = "changed in {count} of {of} regressed runs ({carriers}): {changes}"
    evidence_not_alone = (
        "not changed in {runs}, worse as well: {knob} alone does not explain them all"
    )
    evidence_leaning = "{knob} was changed in {runs} too, worse if judged alone, though not certain among all picked runs"
    evidence_leaning_without = "{knob} was not changed in {runs}, worse if judged alone, though not certain among all picked runs"
    evidence_separates = "no healthy run changed {knob} ({healthy} healthy runs looked at)"
    evidence_also_healthy = (
        "healthy runs changed {knob} too, though not as far in that direction: {runs}"
    )
    evidence_other_value = "healthy runs changed {knob} too, to another value: {runs}"
    evidence_outside = "{knob} {values} lies outside what healthy runs tried ({low} … {high})"
    evidence_milder = "{runs} changed {knob} too and came out surely less bad than {whole}, though not surely healthy"
    evidence_cleared = "cleared: {runs} went as far with {knob} and stayed healthy"
    evidence_cleared_for = (
        "cleared in {carriers}: {runs} went as far with {knob} and stayed healthy"
    )
    evidence_matched_pair = "matched pair: {run} differs from {baseline} in {knob} alone ({base} → {value}) and is {word} ({change})"
    evidence_pair_clears = "cleared: {run} went as far with {knob} and is no worse than {baseline}, which differs in nothing else"
    evidence_optimizer_symptom = "{run}: train L1 is worse too ({l1:+.1f} %) while its jitter is not higher ({jitter:.2f}x): optimizer rather than OT noise"
    evidence_ot_symptom = "{run}: train L1 is rougher ({jitter:.2f}x) and the plan has collapsed ({mass}): OT (train L1 {l1:+.1f} %)"
    evidence_overfit_symptom = "{run}: train L1 is not worse ({l1:+.1f} %, at most {most:+.1f} %) although {metric} is: overfitting or late drift"
    evidence_outlier = "{run} has the very knobs of healthy {duplicates}: no knob sets them apart, so none is asked to explain it"
    evidence_confounded = (
        "{knob} always moved together with {others}: these runs cannot tell them apart"
    )
    evidence_undecided = "{knob} and {others} moved apart in {runs} alone, where the outcome is unclear: these runs cannot tell them apart"
    evidence_untangle = "one-knob runs from the anchor would separate them: {knobs}, each in a run of its own; {left} is what is left"
    evidence_rival = "uncontrolled: {run} ran with {what} {value}, the reference with {base}"
    cannot_be_told_apart = "{knobs} cannot be told apart"
    always_moved_together = "{knobs} always moved together"

    # Experiments and the guard.
    guard_refuses = (
        "{knob} {value} is {times} the anchor's {anchor}; healthy runs have tried {tried}"
    )
    guard_warns = "{knob} {value} lies outside what healthy runs have tried ({tried}; anchor {anchor}, {times})"
    guard_no_effect = "{knob} {value} alone has no effect in the anchor's config"
    guard_no_place = "{knob} {value}: the anchor's config has no place for it"
    times = "{ratio}x"
    part_title = "Experiment"
    part_hypothesis = "Hypothesis"
    part_fixed = "Fixed"
    part_confirms = "Confirmed where"
    part_refutes = "Refuted where"
    experiment_replicate_title = "Repeat the baseline with other seeds"
    experiment_replicate_hypothesis = (
        "Runs of {anchor}'s config differ by their seed alone; how far is not known well enough."
    )
    experiment_replicate_fixed = "Everything but the seed stays as in {anchor}."
    experiment_replicate_confirms = "The spread of {metric} over the seeds becomes the measured noise: a verdict within noise is decided where its change is larger."
    experiment_replicate_refutes = (
        "A change that is still smaller than the noise stays within noise for good."
    )
    experiment_isolate_title = "Separate what always moved together"
    experiment_isolate_hypothesis = (
        "One of {group} makes it worse on its own; the runs so far cannot tell which."
    )
    experiment_isolate_fixed = "Each run moves one of {knobs} away from {anchor}; the rest stays."
    experiment_isolate_confirms = "A run whose {metric} regresses names its knob."
    experiment_isolate_refutes = "If none regresses, {left} is left, they only harm together, or the guarded step was too small."
    experiment_sweep_title = "Sweep {knobs} around the anchor"
    experiment_sweep_hypothesis = "{knobs} has a better value near that of {anchor}."
    experiment_sweep_fixed = "Everything but {knobs} stays as in {anchor}."
    experiment_sweep_confirms = "{metric} is improved against {anchor}."
    experiment_sweep_refutes = "All values are same or regressed."
    experiment_template_title = "{template}, one knob at a time"
    experiment_template_hypothesis = (
        "One of the values that the recipe {template} sets at once is better on its own."
    )
    experiment_template_fixed = (
        "Each run takes one of {knobs} from the recipe; the rest stays as in {anchor}."
    )
    experiment_template_confirms = "{metric} is improved against {anchor}."
    experiment_template_refutes = "All values are same or regressed, or the guard refused them."

    # What the rules find.
    rule_constant_lr = (
        "Scheduler {scheduler} is configured, but the logged learning rate is {lr} throughout."
    )
    rule_diag_share = (
        "Only {share} of the plan's mass lies on the diagonal in the tail (below {least})."
    )
    rule_diverged = "Diverged: from step {step} to its end the run is NaN or Inf."
    rule_drift = "Early best, then drift: {metric} was {best} around step {step}; its tail mean is {end} ({worse_pct:+.1f} %). Early stopping or a gentler decay would have kept it."
    rule_duplicate = "Repeats {runs}: the same effective config and seed {seed}; it counts once."
    rule_grad_norm = "{metric} stays above {above} from step {first} to {last}: of any {points} points in a row more than half lie higher, at {level} on the median. Single spikes do not count."
    rule_identical_curves = (
        "Identical point for point: {what}. Such curves hold no evidence of their own."
    )
    rule_ignored_settings = (
        "Written down but not in force, because {switch} is {state}: {what} (written ≠ in force)."
    )
    rule_jitter = "Jitter of {metric} is {mine}, {times}x the reference's {theirs}."
    rule_name_contradicts = (
        "The name contradicts the config: {what} (name ≠ config). The config is what ran."
    )
    rule_noisy_eval = "Evaluation noisier than the difference: {metric} differs from the reference's by {change_pct:+.1f} %, and its own scatter in the tails leaves ±{error_pct:.1f} % (one standard error). More batches per evaluation or a longer tail would make it finer."
    rule_nonfinite = (
        "{n} logged points of {metrics} are NaN or Inf (first at step {step}); they are left out."
    )
    rule_plan_collapse = "Plan collapse: {metric} is {level} in the tail and {lowest} at its lowest (step {step}); nothing is transported there, so a small OT loss is not a good one."
    rule_plan_mass = "Mass is moved, nothing is aligned: the plan's mass is {mass} in the tail (above {least}), but no OT cost of the policy falls by {fall_pct} %; the best, {metric}, moved by {moved_pct:+.1f} %."
    rule_plateau = "Plateau: {metric} changed by {change_pct:+.1f} % over the last {span} steps."
    rule_slow_loading = "Loading data takes {loading} s a step, updating {updating} s (medians, {times}x): more workers or faster storage would shorten the run."
    rule_still_improving = "{metric} was still improving at the end: by {gain_pct:.1f} % over the {points} points of its tail. The run may have been stopped early: compare it with care."
    rule_unfinished = "Not a whole run: state {state}, last logged step {end} of {budget} planned."
    rule_unmoved = "{what}: point for point as in {base}, although {knobs} changed. No changed knob does more than rescale it, so it cannot say which run is better."
    rule_zeros = "{metrics} is exactly 0 throughout: not measured, not perfect."

    # The report and its pictures.
    report_head = "# Act/OT Comparison Report"
    report_at = " ({time})"
    report_generated = "Generated: {time}"
    report_not_in_the_figures = "not in the figures"
    report_comparison_title = "Baseline Comparison: {runs}"
    report_comparison_last = "{key} (last; run's last against the baseline's tail mean):"
    report_comparison_versus = "vs baseline {base} {value} ({change})"
    report_comparison_word = "{word}: {why}"
    report_comparison_best = "best ({kind} over run):"
    report_comparison_against = "{run} best {best} (against {base} {change}) at step ~{step}"
    report_comparison_flattering = "{change} (best of run against a tail mean: flattering)"
    report_comparison_takeaways = "Takeaways:"
    report_comparison_match = "{runs} roughly match{es} {base}."
    report_comparison_kind_lower = "min"
    report_comparison_kind_higher = "max"
    comma_clause = ", "
    report_differences_title = "Key Differences Observed"
    report_differences_suspects = "New runs changed {changes}."
    report_differences_by = "{knob} by {times}x ({base} → {values})"
    report_differences_together = (
        "{knobs} always moved together: these runs cannot tell them apart."
    )
    report_differences_modest = "OT hyperparameters shifted modestly ({values})"
    report_differences_shifted = "OT hyperparameters shifted ({values})"
    report_differences_cleared = (
        "{knobs}: not enough alone to explain the regression (a healthy run went as far)"
    )
    report_differences_alone = "{knobs}: changed alone it does not make it worse"
    report_differences_open = "{knobs}: cannot be separated from {suspects}"
    report_differences_calm = "Jitter did not explode (train L1 at most {l1}x, gradient norm at most {grad}x of the reference's), but {metric} is worse: optimization rather than OT noise."
    report_differences_quiet = "Jitter did not explode (train L1 at most {l1}x, gradient norm at most {grad}x of the reference's)."
    report_differences_rough = (
        "Jitter is higher (train L1 up to {l1}x, gradient norm up to {grad}x of the reference's)."
    )
    report_experiments_title = "Next-Step Experiments"
    report_experiments_runs = "Runs: {runs}. Anchor: {anchor}. {hours}"
    report_experiments_hours = "Expected time: {time} one after the other."
    report_experiments_have = "Have already: {have}."
    report_experiments_value = "{v} ({runs})"
    report_experiments_template = "moves {n} knobs, not runnable as it is"
    report_experiments_none = "no such knob"
    report_experiments_head = ("template key", "value", "knob of this trainer")
    report_jitter_title = "Jitter Diagnosis & Fixes"
    report_jitter_calm = "Jitter did not explode: train L1 is at most {l1} and the gradient norm at most {grad} times as rough as the reference's."
    report_metrics_title = "Metrics Summary (key curves)"
    report_metrics_interpretation = "### Interpretation\n\n- last_mean/last_std: mean and standard deviation of the tail ({tail}): the level reached, and how steady it is;\n- slope_last: trend of the tail per step, negative is still falling;\n- jitter: standard deviation of the first differences over the series' median, larger is rougher."
    report_metrics_tail = "last {share:.0%}, at least {least} and at most {most} points"
    report_postmortem_title = "Postmortem: Regression Root Causes"
    report_postmortem_baseline = "baseline "
    report_recommendations_title = "Recommendations"
    report_recommendations_revert = "Revert to the anchor {anchor}: {values}."
    report_recommendations_hold = (
        "Keep the OT settings at the anchor's ({values}); sweep one knob at a time:"
    )
    report_recommendations_sweep = "{knob} ∈ {{{values}}}"
    report_recommendations_window = (
        "If you want window_size={value} (as in {run}), change only that, in a run of its own."
    )
    report_recommendations_preset = (
        "Keep use_policy_training_preset=true: no healthy run has it off."
    )
    report_recommendations_bound = "Do not move {knob} beyond {bound} without evidence: the largest healthy value tried is {largest}."
    report_regression_title = "Regression Check: Latest {n} vs Baselines"
    report_regression_heads = ("Latest {n}", "Baselines")
    report_regression_because = "{change} ({why})"
    report_regression_against = "**{word}** against {base}{kind}: {change}"
    report_regression_neighbour = " (nearest neighbour)"
    report_regression_noise = "Seed noise of {metric}: {noise} % ({origin})."
    report_regression_origin_measured = "measured on {groups}"
    report_regression_origin_assumed = "assumed: no config was run with two seeds"
    report_runs_title = "Runs"
    report_runs_baseline = " (baseline)"
    report_summary_title = "Summary"
    report_summary_compared = "{runs} against {bases} in {metric}; {noise}."
    report_summary_alone = "{runs}, no baseline picked: nothing is judged."
    report_summary_measured = "seed noise {noise} %, measured"
    report_summary_assumed = "seed noise {noise} %, assumed (no config was run with two seeds)"
    report_summary_rollouts = "judged by rollouts"
    report_summary_one = "{run} {word} ({change})"
    report_summary_many = "{n} {word} ({runs})"
    report_summary_suspect = "First suspect: {knobs}."
    report_summary_together = (
        "First suspects: {knobs}; they always moved together, these runs cannot tell them apart."
    )
    report_summary_undecided = "First suspects: {knobs}; these runs cannot tell them apart."
    report_summary_also = "{knobs}: worse where changed alone too."
    report_summary_none = (
        "What the regressed runs changed, healthy runs changed too: no suspect is left."
    )
    report_summary_finding = "Look first at {run}: {finding}"
    report_summary_next = "Next: {title} ({n} to run{hours})."
    report_summary_hours = ", about {time}"
    report_summary_more = "{n} more"
    full_stop = "."
    sentence_gap = " "
    report_update_title = "ACT-OT Report Update{at}"
    report_update_note = "- Note: {note}"
    report_update_link = "- Link: {link}"
    report_update_heads = ("- Config:", "- Metrics:")
    figures_curves = "{metric} by step; grey: baselines"
    report_jitter_fix_batch_size = (
        "Small batches make the variance large: a larger {knob} lowers it."
    )
    report_jitter_fix_reg = (
        "A small entropic {knob} makes the plan sharp and passes noise on: raise it one step."
    )
    report_jitter_fix_ot_every_n_steps = "The plan of every step brings its randomness into the gradient: compute it every few steps."
    report_jitter_fix_lr = "A lower {knob} or a warm-up calms the optimizer."
    report_jitter_reading = "For reading: judge by tail means and slopes, not by single points."
    figures_change = "change against {base} ({unit})"

    # Small words.
    colon = ": "
    comma = ", "
    semicolon = "; "
    minutes = "{n} min"
    hours = "{n} h"
    points = "points"
    absent = "absent"


TEXTS = English()
