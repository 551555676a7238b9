/* keras_check.c -- whether the network that Keras describes is the one that its weights are taken for.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "checkpoint.h"
#include "status.h"

struct checking {
    const char            *file;
    const struct bc_graph *graph;
    int                    nconv, nconcatenate, nadd, channels, size, pad;
    const char            *activation;      /* of what came last */
};

static const char *
text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

/* Whole number KEY, or the first of a list of equal ones; a size may be written 64.0.  -1: neither. */
static int
number_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    if (json_is_array(value)) {
        if (json_array_size(value) == 2
            && json_number_value(json_array_get(value, 0))
                   != json_number_value(json_array_get(value, 1)))
            return -1;
        value = json_array_get(value, 0);
    }
    if (!json_is_number(value) || fabs(json_number_value(value)) > 1e9
        || json_number_value(value) != floor(json_number_value(value)))
        return -1;
    return (int)json_number_value(value);
}

static bc_status
differs(const struct checking *k, const char *what)
{
    return bc_fail(BC_UNSUPPORTED, "%s: its network is not the paper's generator: %s", k->file,
                   what);
}

static bc_status
check_convolution(struct checking *k, const json_t *c, int transposed)
{
    const struct bc_layer *l = &k->graph->layer[k->nconv];
    char                   what[160];

    if (k->nconv++ == k->graph->nlayer)
        return differs(k, "it has more convolutions than its weights");
    if (transposed != (l->op == BC_CONVT) || number_of(c, "kernel_size") != l->k
        || number_of(c, "filters") != l->cout || number_of(c, "strides") != l->stride
        || json_is_true(json_object_get(c, "use_bias")) != (l->bias != 0)
        || strcmp(text_of(c, "padding"), l->pad == BC_PAD_SAME ? "same" : "valid") != 0
        || (l->pad == BC_PAD_REFLECT && k->pad != l->k / 2)
        || number_of(c, "dilation_rate") > 1 || number_of(c, "groups") > 1
        || strcmp(text_of(c, "data_format"), "channels_first") == 0) {
        snprintf(what, sizeof what, "convolution %d (%.60s) is not its %s", k->nconv,
                 text_of(c, "name"), l->name);
        return differs(k, what);
    }
    k->channels = l->cout;
    k->pad = 0;
    k->activation = text_of(c, "activation");
    return BC_OK;
}

static bc_status
check_norm(struct checking *k, const json_t *c)
{
    const json_t *epsilon = json_object_get(c, "epsilon");
    int           groups = number_of(c, "groups");

    if (groups != -1 && groups != k->channels)
        return differs(k, "a GroupNormalization has more than one channel a group");
    if (fabs(json_number_value(epsilon) - BC_NORM_EPSILON) > 1e-9)
        return differs(k, "a GroupNormalization has another epsilon than 0.001");
    if (!json_is_true(json_object_get(c, "center")) || !json_is_true(json_object_get(c, "scale")))
        return differs(k, "a GroupNormalization has no scale or no offset");
    return BC_OK;
}

static void
read_size(struct checking *k, const json_t *c)
{
    const json_t *shape = json_object_get(c, "batch_shape");

    if (!json_is_array(shape))
        shape = json_object_get(c, "batch_input_shape");
    if (json_array_size(shape) == 4 && k->size == 0)
        k->size = (int)json_integer_value(json_array_get(shape, 1));
}

static bc_status check_layers(struct checking *k, const json_t *layers, int depth);

static bc_status
check_layer(struct checking *k, const json_t *layer, int depth)
{
    const char   *class = text_of(layer, "class_name");
    const json_t *c = json_object_get(layer, "config");
    char          what[160];

    if (strcmp(class, "InputLayer") == 0) {
        if (depth == 0)
            read_size(k, c);
    } else if (strcmp(class, "Conv2D") == 0 || strcmp(class, "Conv2DTranspose") == 0) {
        return check_convolution(k, c, strcmp(class, "Conv2D") != 0);
    } else if (strcmp(class, "GroupNormalization") == 0) {
        return check_norm(k, c);
    } else if (strcmp(class, "Activation") == 0) {
        k->activation = text_of(c, "activation");
        if (strcmp(k->activation, "relu") != 0 && strcmp(k->activation, "tanh") != 0) {
            snprintf(what, sizeof what, "it has the activation %.60s", k->activation);
            return differs(k, what);
        }
    } else if (strcmp(class, "ReflectionPadding2D") == 0) {
        k->pad = number_of(c, "padding");
    } else if (strcmp(class, "Concatenate") == 0) {
        if (k->nconcatenate++ > 0 || k->nconv > 0)
            return differs(k, "it has skip connections");
    } else if (strcmp(class, "Add") == 0) {
        k->nadd++;
    } else if (strcmp(class, "Sequential") == 0 || strcmp(class, "Functional") == 0) {
        return check_layers(k, json_object_get(c, "layers"), depth + 1);
    } else {
        snprintf(what, sizeof what, "it has a layer %.60s", class);
        return differs(k, what);
    }
    return BC_OK;
}

static bc_status
check_layers(struct checking *k, const json_t *layers, int depth)
{
    size_t    i;
    bc_status st = BC_OK;

    if (depth > 4)
        return differs(k, "it is nested too deeply");
    for (i = 0; st == BC_OK && i < json_array_size(layers); i++)
        st = check_layer(k, json_array_get(layers, i), depth);
    return st;
}

bc_status
bc_keras_check(const char *file, const char *config, const struct bc_graph *graph, int *size_p)
{
    struct checking k = { .file = file, .graph = graph, .activation = "" };
    json_error_t    error;
    json_t         *root = json_loads(config, 0, &error);
    const json_t   *layers = json_object_get(json_object_get(root, "config"), "layers");
    int             residuals = 0, i;
    bc_status       st = BC_OK;

    for (i = 0; i < graph->nlayer; i++)
        residuals += graph->layer[i].add != BC_FROM_NONE;
    if (!json_is_array(layers))
        st = bc_fail(BC_BAD_FILE, "%s: its description of the network is not readable", file);
    else if (json_array_size(layers) > 0) {     /* else there is nothing to compare */
        st = check_layers(&k, layers, 0);
        if (st == BC_OK && k.nconv != graph->nlayer)
            st = differs(&k, "it has fewer convolutions than its weights");
        else if (st == BC_OK && k.nadd != residuals)
            st = differs(&k, "its residual blocks are others");
        else if (st == BC_OK && strcmp(k.activation, "tanh") != 0)
            st = differs(&k, "it does not end in tanh");
    }
    json_decref(root);
    *size_p = k.size;
    return st;
}
