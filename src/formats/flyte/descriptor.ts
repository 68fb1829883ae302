// Made by scripts/flyte-descriptor.mjs from @flyteorg/flyteidl 1.16.5. Do not edit.

/**
 * The messages that hold events, and all that they are made of, in the order of their declaration, which is that of
 * Flyte's JSON. A field: its number, its name in JSON, its type; `[]` repeated, `{}` a map with strings as keys;
 * `@` the oneof that it is one of.
 */
export const DESCRIPTOR = `
message flyteidl.admin.WorkflowExecutionEventRequest
1 requestId string
2 event flyteidl.event.WorkflowExecutionEvent
message flyteidl.event.WorkflowExecutionEvent
1 executionId flyteidl.core.WorkflowExecutionIdentifier
2 producerId string
3 phase flyteidl.core.WorkflowExecution.Phase
4 occurredAt google.protobuf.Timestamp
5 outputUri string @outputResult
6 error flyteidl.core.ExecutionError @outputResult
7 outputData flyteidl.core.LiteralMap @outputResult
message flyteidl.core.WorkflowExecutionIdentifier
1 project string
2 domain string
4 name string
5 org string
enum flyteidl.core.WorkflowExecution.Phase
0 UNDEFINED
1 QUEUED
2 RUNNING
3 SUCCEEDING
4 SUCCEEDED
5 FAILING
6 FAILED
7 ABORTED
8 TIMED_OUT
9 ABORTING
message google.protobuf.Timestamp
1 seconds int64
2 nanos int32
message flyteidl.core.ExecutionError
1 code string
2 message string
3 errorUri string
4 kind flyteidl.core.ExecutionError.ErrorKind
5 timestamp google.protobuf.Timestamp
6 worker string
enum flyteidl.core.ExecutionError.ErrorKind
0 UNKNOWN
1 USER
2 SYSTEM
message flyteidl.core.LiteralMap
1 literals flyteidl.core.Literal{}
message flyteidl.core.Literal
1 scalar flyteidl.core.Scalar @value
2 collection flyteidl.core.LiteralCollection @value
3 map flyteidl.core.LiteralMap @value
8 offloadedMetadata flyteidl.core.LiteralOffloadedMetadata @value
4 hash string
5 metadata string{}
message flyteidl.core.Scalar
1 primitive flyteidl.core.Primitive @value
2 blob flyteidl.core.Blob @value
3 binary flyteidl.core.Binary @value
4 schema flyteidl.core.Schema @value
5 noneType flyteidl.core.Void @value
6 error flyteidl.core.Error @value
7 generic google.protobuf.Struct @value
8 structuredDataset flyteidl.core.StructuredDataset @value
9 union flyteidl.core.Union @value
message flyteidl.core.Primitive
1 integer int64 @value
2 floatValue double @value
3 stringValue string @value
4 boolean bool @value
5 datetime google.protobuf.Timestamp @value
6 duration google.protobuf.Duration @value
message google.protobuf.Duration
1 seconds int64
2 nanos int32
message flyteidl.core.Blob
1 metadata flyteidl.core.BlobMetadata
3 uri string
message flyteidl.core.BlobMetadata
1 type flyteidl.core.BlobType
message flyteidl.core.BlobType
1 format string
2 dimensionality flyteidl.core.BlobType.BlobDimensionality
enum flyteidl.core.BlobType.BlobDimensionality
0 SINGLE
1 MULTIPART
message flyteidl.core.Binary
1 value bytes
2 tag string
message flyteidl.core.Schema
1 uri string
3 type flyteidl.core.SchemaType
message flyteidl.core.SchemaType
3 columns flyteidl.core.SchemaType.SchemaColumn[]
message flyteidl.core.SchemaType.SchemaColumn
1 name string
2 type flyteidl.core.SchemaType.SchemaColumn.SchemaColumnType
enum flyteidl.core.SchemaType.SchemaColumn.SchemaColumnType
0 INTEGER
1 FLOAT
2 STRING
3 BOOLEAN
4 DATETIME
5 DURATION
message flyteidl.core.Void
message flyteidl.core.Error
1 failedNodeId string
2 message string
message google.protobuf.Struct
1 fields google.protobuf.Value{}
message google.protobuf.Value
1 nullValue google.protobuf.NullValue @kind
2 numberValue double @kind
3 stringValue string @kind
4 boolValue bool @kind
5 structValue google.protobuf.Struct @kind
6 listValue google.protobuf.ListValue @kind
enum google.protobuf.NullValue
0 NULL_VALUE
message google.protobuf.ListValue
1 values google.protobuf.Value[]
message flyteidl.core.StructuredDataset
1 uri string
2 metadata flyteidl.core.StructuredDatasetMetadata
message flyteidl.core.StructuredDatasetMetadata
1 structuredDatasetType flyteidl.core.StructuredDatasetType
message flyteidl.core.StructuredDatasetType
1 columns flyteidl.core.StructuredDatasetType.DatasetColumn[]
2 format string
3 externalSchemaType string
4 externalSchemaBytes bytes
message flyteidl.core.StructuredDatasetType.DatasetColumn
1 name string
2 literalType flyteidl.core.LiteralType
message flyteidl.core.LiteralType
1 simple flyteidl.core.SimpleType @type
2 schema flyteidl.core.SchemaType @type
3 collectionType flyteidl.core.LiteralType @type
4 mapValueType flyteidl.core.LiteralType @type
5 blob flyteidl.core.BlobType @type
7 enumType flyteidl.core.EnumType @type
8 structuredDatasetType flyteidl.core.StructuredDatasetType @type
10 unionType flyteidl.core.UnionType @type
6 metadata google.protobuf.Struct
9 annotation flyteidl.core.TypeAnnotation
11 structure flyteidl.core.TypeStructure
enum flyteidl.core.SimpleType
0 NONE
1 INTEGER
2 FLOAT
3 STRING
4 BOOLEAN
5 DATETIME
6 DURATION
7 BINARY
8 ERROR
9 STRUCT
message flyteidl.core.EnumType
1 values string[]
message flyteidl.core.UnionType
1 variants flyteidl.core.LiteralType[]
message flyteidl.core.TypeAnnotation
1 annotations google.protobuf.Struct
message flyteidl.core.TypeStructure
1 tag string
2 dataclassType flyteidl.core.LiteralType{}
message flyteidl.core.Union
1 value flyteidl.core.Literal
2 type flyteidl.core.LiteralType
message flyteidl.core.LiteralCollection
1 literals flyteidl.core.Literal[]
message flyteidl.core.LiteralOffloadedMetadata
1 uri string
2 sizeBytes uint64
3 inferredType flyteidl.core.LiteralType
message flyteidl.admin.NodeExecutionEventRequest
1 requestId string
2 event flyteidl.event.NodeExecutionEvent
message flyteidl.event.NodeExecutionEvent
1 id flyteidl.core.NodeExecutionIdentifier
2 producerId string
3 phase flyteidl.core.NodeExecution.Phase
4 occurredAt google.protobuf.Timestamp
5 inputUri string @inputValue
20 inputData flyteidl.core.LiteralMap @inputValue
6 outputUri string @outputResult
7 error flyteidl.core.ExecutionError @outputResult
15 outputData flyteidl.core.LiteralMap @outputResult
8 workflowNodeMetadata flyteidl.event.WorkflowNodeMetadata @targetMetadata
14 taskNodeMetadata flyteidl.event.TaskNodeMetadata @targetMetadata
9 parentTaskMetadata flyteidl.event.ParentTaskExecutionMetadata
10 parentNodeMetadata flyteidl.event.ParentNodeExecutionMetadata
11 retryGroup string
12 specNodeId string
13 nodeName string
16 eventVersion int32
17 isParent bool
18 isDynamic bool
19 deckUri string
21 reportedAt google.protobuf.Timestamp
22 isArray bool
23 targetEntity flyteidl.core.Identifier
24 isInDynamicChain bool
25 isEager bool
message flyteidl.core.NodeExecutionIdentifier
1 nodeId string
2 executionId flyteidl.core.WorkflowExecutionIdentifier
enum flyteidl.core.NodeExecution.Phase
0 UNDEFINED
1 QUEUED
2 RUNNING
3 SUCCEEDED
4 FAILING
5 FAILED
6 ABORTED
7 SKIPPED
8 TIMED_OUT
9 DYNAMIC_RUNNING
10 RECOVERED
message flyteidl.event.WorkflowNodeMetadata
1 executionId flyteidl.core.WorkflowExecutionIdentifier
message flyteidl.event.TaskNodeMetadata
1 cacheStatus flyteidl.core.CatalogCacheStatus
2 catalogKey flyteidl.core.CatalogMetadata
3 reservationStatus flyteidl.core.CatalogReservation.Status
4 checkpointUri string
16 dynamicWorkflow flyteidl.event.DynamicWorkflowNodeMetadata
enum flyteidl.core.CatalogCacheStatus
0 CACHE_DISABLED
1 CACHE_MISS
2 CACHE_HIT
3 CACHE_POPULATED
4 CACHE_LOOKUP_FAILURE
5 CACHE_PUT_FAILURE
6 CACHE_SKIPPED
7 CACHE_EVICTED
message flyteidl.core.CatalogMetadata
1 datasetId flyteidl.core.Identifier
2 artifactTag flyteidl.core.CatalogArtifactTag
3 sourceTaskExecution flyteidl.core.TaskExecutionIdentifier @sourceExecution
message flyteidl.core.Identifier
1 resourceType flyteidl.core.ResourceType
2 project string
3 domain string
4 name string
5 version string
6 org string
enum flyteidl.core.ResourceType
0 UNSPECIFIED
1 TASK
2 WORKFLOW
3 LAUNCH_PLAN
4 DATASET
message flyteidl.core.CatalogArtifactTag
1 artifactId string
2 name string
message flyteidl.core.TaskExecutionIdentifier
1 taskId flyteidl.core.Identifier
2 nodeExecutionId flyteidl.core.NodeExecutionIdentifier
3 retryAttempt uint32
enum flyteidl.core.CatalogReservation.Status
0 RESERVATION_DISABLED
1 RESERVATION_ACQUIRED
2 RESERVATION_EXISTS
3 RESERVATION_RELEASED
4 RESERVATION_FAILURE
message flyteidl.event.DynamicWorkflowNodeMetadata
1 id flyteidl.core.Identifier
2 compiledWorkflow flyteidl.core.CompiledWorkflowClosure
3 dynamicJobSpecUri string
message flyteidl.core.CompiledWorkflowClosure
1 primary flyteidl.core.CompiledWorkflow
2 subWorkflows flyteidl.core.CompiledWorkflow[]
3 tasks flyteidl.core.CompiledTask[]
4 launchPlans flyteidl.core.CompiledLaunchPlan[]
message flyteidl.core.CompiledWorkflow
1 template flyteidl.core.WorkflowTemplate
2 connections flyteidl.core.ConnectionSet
message flyteidl.core.WorkflowTemplate
1 id flyteidl.core.Identifier
2 metadata flyteidl.core.WorkflowMetadata
3 interface flyteidl.core.TypedInterface
4 nodes flyteidl.core.Node[]
5 outputs flyteidl.core.Binding[]
6 failureNode flyteidl.core.Node
7 metadataDefaults flyteidl.core.WorkflowMetadataDefaults
message flyteidl.core.WorkflowMetadata
1 qualityOfService flyteidl.core.QualityOfService
2 onFailure flyteidl.core.WorkflowMetadata.OnFailurePolicy
3 tags string{}
message flyteidl.core.QualityOfService
1 tier flyteidl.core.QualityOfService.Tier @designation
2 spec flyteidl.core.QualityOfServiceSpec @designation
enum flyteidl.core.QualityOfService.Tier
0 UNDEFINED
1 HIGH
2 MEDIUM
3 LOW
message flyteidl.core.QualityOfServiceSpec
1 queueingBudget google.protobuf.Duration
enum flyteidl.core.WorkflowMetadata.OnFailurePolicy
0 FAIL_IMMEDIATELY
1 FAIL_AFTER_EXECUTABLE_NODES_COMPLETE
message flyteidl.core.TypedInterface
1 inputs flyteidl.core.VariableMap
2 outputs flyteidl.core.VariableMap
message flyteidl.core.VariableMap
1 variables flyteidl.core.Variable{}
message flyteidl.core.Variable
1 type flyteidl.core.LiteralType
2 description string
3 artifactPartialId flyteidl.core.ArtifactID
4 artifactTag flyteidl.core.ArtifactTag
message flyteidl.core.ArtifactID
1 artifactKey flyteidl.core.ArtifactKey
2 version string
3 partitions flyteidl.core.Partitions
4 timePartition flyteidl.core.TimePartition
message flyteidl.core.ArtifactKey
1 project string
2 domain string
3 name string
4 org string
message flyteidl.core.Partitions
1 value flyteidl.core.LabelValue{}
message flyteidl.core.LabelValue
1 staticValue string @value
2 timeValue google.protobuf.Timestamp @value
3 triggeredBinding flyteidl.core.ArtifactBindingData @value
4 inputBinding flyteidl.core.InputBindingData @value
5 runtimeBinding flyteidl.core.RuntimeBinding @value
message flyteidl.core.ArtifactBindingData
5 partitionKey string @partitionData
6 bindToTimePartition bool @partitionData
7 timeTransform flyteidl.core.TimeTransform
message flyteidl.core.TimeTransform
1 transform string
2 op flyteidl.core.Operator
enum flyteidl.core.Operator
0 MINUS
1 PLUS
message flyteidl.core.InputBindingData
1 var string
message flyteidl.core.RuntimeBinding
message flyteidl.core.TimePartition
1 value flyteidl.core.LabelValue
2 granularity flyteidl.core.Granularity
enum flyteidl.core.Granularity
0 UNSET
1 MINUTE
2 HOUR
3 DAY
4 MONTH
message flyteidl.core.ArtifactTag
1 artifactKey flyteidl.core.ArtifactKey
2 value flyteidl.core.LabelValue
message flyteidl.core.Node
1 id string
2 metadata flyteidl.core.NodeMetadata
3 inputs flyteidl.core.Binding[]
4 upstreamNodeIds string[]
5 outputAliases flyteidl.core.Alias[]
6 taskNode flyteidl.core.TaskNode @target
7 workflowNode flyteidl.core.WorkflowNode @target
8 branchNode flyteidl.core.BranchNode @target
9 gateNode flyteidl.core.GateNode @target
10 arrayNode flyteidl.core.ArrayNode @target
message flyteidl.core.NodeMetadata
1 name string
4 timeout google.protobuf.Duration
5 retries flyteidl.core.RetryStrategy
6 interruptible bool @interruptibleValue
7 cacheable bool @cacheableValue
8 cacheVersion string @cacheVersionValue
9 cacheSerializable bool @cacheSerializableValue
10 config string{}
message flyteidl.core.RetryStrategy
5 retries uint32
message flyteidl.core.Binding
1 var string
2 binding flyteidl.core.BindingData
message flyteidl.core.BindingData
1 scalar flyteidl.core.Scalar @value
2 collection flyteidl.core.BindingDataCollection @value
3 promise flyteidl.core.OutputReference @value
4 map flyteidl.core.BindingDataMap @value
6 offloadedMetadata flyteidl.core.LiteralOffloadedMetadata @value
5 union flyteidl.core.UnionInfo
message flyteidl.core.BindingDataCollection
1 bindings flyteidl.core.BindingData[]
message flyteidl.core.OutputReference
1 nodeId string
2 var string
3 attrPath flyteidl.core.PromiseAttribute[]
message flyteidl.core.PromiseAttribute
1 stringValue string @value
2 intValue int32 @value
message flyteidl.core.BindingDataMap
1 bindings flyteidl.core.BindingData{}
message flyteidl.core.UnionInfo
1 targetType flyteidl.core.LiteralType
message flyteidl.core.Alias
1 var string
2 alias string
message flyteidl.core.TaskNode
1 referenceId flyteidl.core.Identifier @reference
2 overrides flyteidl.core.TaskNodeOverrides
message flyteidl.core.TaskNodeOverrides
1 resources flyteidl.core.Resources
2 extendedResources flyteidl.core.ExtendedResources
3 containerImage string
4 podTemplate flyteidl.core.K8sPod
message flyteidl.core.Resources
1 requests flyteidl.core.Resources.ResourceEntry[]
2 limits flyteidl.core.Resources.ResourceEntry[]
message flyteidl.core.Resources.ResourceEntry
1 name flyteidl.core.Resources.ResourceName
2 value string
enum flyteidl.core.Resources.ResourceName
0 UNKNOWN
1 CPU
2 GPU
3 MEMORY
4 STORAGE
5 EPHEMERAL_STORAGE
message flyteidl.core.ExtendedResources
1 gpuAccelerator flyteidl.core.GPUAccelerator
2 sharedMemory flyteidl.core.SharedMemory
message flyteidl.core.GPUAccelerator
1 device string
2 unpartitioned bool @partitionSizeValue
3 partitionSize string @partitionSizeValue
message flyteidl.core.SharedMemory
1 mountPath string
2 mountName string
3 sizeLimit string
message flyteidl.core.K8sPod
1 metadata flyteidl.core.K8sObjectMetadata
2 podSpec google.protobuf.Struct
3 dataConfig flyteidl.core.DataLoadingConfig
4 primaryContainerName string
message flyteidl.core.K8sObjectMetadata
1 labels string{}
2 annotations string{}
message flyteidl.core.DataLoadingConfig
1 enabled bool
2 inputPath string
3 outputPath string
4 format flyteidl.core.DataLoadingConfig.LiteralMapFormat
5 ioStrategy flyteidl.core.IOStrategy
enum flyteidl.core.DataLoadingConfig.LiteralMapFormat
0 JSON
1 YAML
2 PROTO
message flyteidl.core.IOStrategy
1 downloadMode flyteidl.core.IOStrategy.DownloadMode
2 uploadMode flyteidl.core.IOStrategy.UploadMode
enum flyteidl.core.IOStrategy.DownloadMode
0 DOWNLOAD_EAGER
1 DOWNLOAD_STREAM
2 DO_NOT_DOWNLOAD
enum flyteidl.core.IOStrategy.UploadMode
0 UPLOAD_ON_EXIT
1 UPLOAD_EAGER
2 DO_NOT_UPLOAD
message flyteidl.core.WorkflowNode
1 launchplanRef flyteidl.core.Identifier @reference
2 subWorkflowRef flyteidl.core.Identifier @reference
message flyteidl.core.BranchNode
1 ifElse flyteidl.core.IfElseBlock
message flyteidl.core.IfElseBlock
1 case flyteidl.core.IfBlock
2 other flyteidl.core.IfBlock[]
3 elseNode flyteidl.core.Node @default
4 error flyteidl.core.Error @default
message flyteidl.core.IfBlock
1 condition flyteidl.core.BooleanExpression
2 thenNode flyteidl.core.Node
message flyteidl.core.BooleanExpression
1 conjunction flyteidl.core.ConjunctionExpression @expr
2 comparison flyteidl.core.ComparisonExpression @expr
message flyteidl.core.ConjunctionExpression
1 operator flyteidl.core.ConjunctionExpression.LogicalOperator
2 leftExpression flyteidl.core.BooleanExpression
3 rightExpression flyteidl.core.BooleanExpression
enum flyteidl.core.ConjunctionExpression.LogicalOperator
0 AND
1 OR
message flyteidl.core.ComparisonExpression
1 operator flyteidl.core.ComparisonExpression.Operator
2 leftValue flyteidl.core.Operand
3 rightValue flyteidl.core.Operand
enum flyteidl.core.ComparisonExpression.Operator
0 EQ
1 NEQ
2 GT
3 GTE
4 LT
5 LTE
message flyteidl.core.Operand
1 primitive flyteidl.core.Primitive @val
2 var string @val
3 scalar flyteidl.core.Scalar @val
message flyteidl.core.GateNode
1 approve flyteidl.core.ApproveCondition @condition
2 signal flyteidl.core.SignalCondition @condition
3 sleep flyteidl.core.SleepCondition @condition
message flyteidl.core.ApproveCondition
1 signalId string
message flyteidl.core.SignalCondition
1 signalId string
2 type flyteidl.core.LiteralType
3 outputVariableName string
message flyteidl.core.SleepCondition
1 duration google.protobuf.Duration
message flyteidl.core.ArrayNode
1 node flyteidl.core.Node
2 parallelism uint32 @parallelismOption
3 minSuccesses uint32 @successCriteria
4 minSuccessRatio float @successCriteria
5 executionMode flyteidl.core.ArrayNode.ExecutionMode
6 isOriginalSubNodeInterface google.protobuf.BoolValue
7 dataMode flyteidl.core.ArrayNode.DataMode
8 boundInputs string[]
9 runAllSubNodes bool
enum flyteidl.core.ArrayNode.ExecutionMode
0 MINIMAL_STATE
1 FULL_STATE
message google.protobuf.BoolValue
1 value bool
enum flyteidl.core.ArrayNode.DataMode
0 SINGLE_INPUT_FILE
1 INDIVIDUAL_INPUT_FILES
message flyteidl.core.WorkflowMetadataDefaults
1 interruptible bool
message flyteidl.core.ConnectionSet
7 downstream flyteidl.core.ConnectionSet.IdList{}
8 upstream flyteidl.core.ConnectionSet.IdList{}
message flyteidl.core.ConnectionSet.IdList
1 ids string[]
message flyteidl.core.CompiledTask
1 template flyteidl.core.TaskTemplate
message flyteidl.core.TaskTemplate
1 id flyteidl.core.Identifier
2 type string
3 metadata flyteidl.core.TaskMetadata
4 interface flyteidl.core.TypedInterface
5 custom google.protobuf.Struct
6 container flyteidl.core.Container @target
17 k8sPod flyteidl.core.K8sPod @target
18 sql flyteidl.core.Sql @target
7 taskTypeVersion int32
8 securityContext flyteidl.core.SecurityContext
9 extendedResources flyteidl.core.ExtendedResources
16 config string{}
message flyteidl.core.TaskMetadata
1 discoverable bool
2 runtime flyteidl.core.RuntimeMetadata
4 timeout google.protobuf.Duration
5 retries flyteidl.core.RetryStrategy
6 discoveryVersion string
7 deprecatedErrorMessage string
8 interruptible bool @interruptibleValue
9 cacheSerializable bool
11 tags string{}
12 podTemplateName string
13 cacheIgnoreInputVars string[]
14 isEager bool
15 generatesDeck google.protobuf.BoolValue
16 metadata flyteidl.core.K8sObjectMetadata
message flyteidl.core.RuntimeMetadata
1 type flyteidl.core.RuntimeMetadata.RuntimeType
2 version string
3 flavor string
enum flyteidl.core.RuntimeMetadata.RuntimeType
0 OTHER
1 FLYTE_SDK
message flyteidl.core.Container
1 image string
2 command string[]
3 args string[]
4 resources flyteidl.core.Resources
5 env flyteidl.core.KeyValuePair[]
6 config flyteidl.core.KeyValuePair[]
7 ports flyteidl.core.ContainerPort[]
9 dataConfig flyteidl.core.DataLoadingConfig
10 architecture flyteidl.core.Container.Architecture
message flyteidl.core.KeyValuePair
1 key string
2 value string
message flyteidl.core.ContainerPort
1 containerPort uint32
2 name string
enum flyteidl.core.Container.Architecture
0 UNKNOWN
1 AMD64
2 ARM64
3 ARM_V6
4 ARM_V7
message flyteidl.core.Sql
1 statement string
2 dialect flyteidl.core.Sql.Dialect
enum flyteidl.core.Sql.Dialect
0 UNDEFINED
1 ANSI
2 HIVE
3 OTHER
message flyteidl.core.SecurityContext
1 runAs flyteidl.core.Identity
2 secrets flyteidl.core.Secret[]
3 tokens flyteidl.core.OAuth2TokenRequest[]
message flyteidl.core.Identity
1 iamRole string
2 k8sServiceAccount string
3 oauth2Client flyteidl.core.OAuth2Client
4 executionIdentity string
message flyteidl.core.OAuth2Client
1 clientId string
2 clientSecret flyteidl.core.Secret
message flyteidl.core.Secret
1 group string
2 groupVersion string
3 key string
4 mountRequirement flyteidl.core.Secret.MountType
5 envVar string
enum flyteidl.core.Secret.MountType
0 ANY
1 ENV_VAR
2 FILE
message flyteidl.core.OAuth2TokenRequest
1 name string
2 type flyteidl.core.OAuth2TokenRequest.Type
3 client flyteidl.core.OAuth2Client
4 idpDiscoveryEndpoint string
5 tokenEndpoint string
enum flyteidl.core.OAuth2TokenRequest.Type
0 CLIENT_CREDENTIALS
message flyteidl.core.CompiledLaunchPlan
1 template flyteidl.core.LaunchPlanTemplate
message flyteidl.core.LaunchPlanTemplate
1 id flyteidl.core.Identifier
2 interface flyteidl.core.TypedInterface
3 fixedInputs flyteidl.core.LiteralMap
message flyteidl.event.ParentTaskExecutionMetadata
1 id flyteidl.core.TaskExecutionIdentifier
message flyteidl.event.ParentNodeExecutionMetadata
1 nodeId string
message flyteidl.admin.TaskExecutionEventRequest
1 requestId string
2 event flyteidl.event.TaskExecutionEvent
message flyteidl.event.TaskExecutionEvent
1 taskId flyteidl.core.Identifier
2 parentNodeExecutionId flyteidl.core.NodeExecutionIdentifier
3 retryAttempt uint32
4 phase flyteidl.core.TaskExecution.Phase
5 producerId string
6 logs flyteidl.core.TaskLog[]
7 occurredAt google.protobuf.Timestamp
8 inputUri string @inputValue
19 inputData flyteidl.core.LiteralMap @inputValue
9 outputUri string @outputResult
10 error flyteidl.core.ExecutionError @outputResult
17 outputData flyteidl.core.LiteralMap @outputResult
11 customInfo google.protobuf.Struct
12 phaseVersion uint32
13 reason string
21 reasons flyteidl.event.EventReason[]
14 taskType string
16 metadata flyteidl.event.TaskExecutionMetadata
18 eventVersion int32
20 reportedAt google.protobuf.Timestamp
22 logContext flyteidl.core.LogContext
enum flyteidl.core.TaskExecution.Phase
0 UNDEFINED
1 QUEUED
2 RUNNING
3 SUCCEEDED
4 ABORTED
5 FAILED
6 INITIALIZING
7 WAITING_FOR_RESOURCES
8 RETRYABLE_FAILED
message flyteidl.core.TaskLog
1 uri string
2 name string
3 messageFormat flyteidl.core.TaskLog.MessageFormat
4 ttl google.protobuf.Duration
5 ShowWhilePending bool
6 HideOnceFinished bool
enum flyteidl.core.TaskLog.MessageFormat
0 UNKNOWN
1 CSV
2 JSON
message flyteidl.event.EventReason
1 reason string
2 occurredAt google.protobuf.Timestamp
message flyteidl.event.TaskExecutionMetadata
1 generatedName string
2 externalResources flyteidl.event.ExternalResourceInfo[]
3 resourcePoolInfo flyteidl.event.ResourcePoolInfo[]
4 pluginIdentifier string
16 instanceClass flyteidl.event.TaskExecutionMetadata.InstanceClass
message flyteidl.event.ExternalResourceInfo
1 externalId string
2 index uint32
3 retryAttempt uint32
4 phase flyteidl.core.TaskExecution.Phase
5 cacheStatus flyteidl.core.CatalogCacheStatus
6 logs flyteidl.core.TaskLog[]
7 workflowNodeMetadata flyteidl.event.WorkflowNodeMetadata @targetMetadata
8 customInfo google.protobuf.Struct
9 logContext flyteidl.core.LogContext
message flyteidl.core.LogContext
1 pods flyteidl.core.PodLogContext[]
2 primaryPodName string
message flyteidl.core.PodLogContext
1 namespace string
2 podName string
3 containers flyteidl.core.ContainerContext[]
4 primaryContainerName string
5 initContainers flyteidl.core.ContainerContext[]
message flyteidl.core.ContainerContext
1 containerName string
2 process flyteidl.core.ContainerContext.ProcessContext
message flyteidl.core.ContainerContext.ProcessContext
1 containerStartTime google.protobuf.Timestamp
2 containerEndTime google.protobuf.Timestamp
message flyteidl.event.ResourcePoolInfo
1 allocationToken string
2 namespace string
enum flyteidl.event.TaskExecutionMetadata.InstanceClass
0 DEFAULT
1 INTERRUPTIBLE
`;
